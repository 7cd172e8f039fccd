package io.hypermesh.jmh.compare;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;

/** Asks no client of Netty's for a token: no contestant's server does. */
final class NoToken implements QuicTokenHandler {
  static final NoToken INSTANCE = new NoToken();

  private NoToken() {}

  @Override
  public boolean writeToken(ByteBuf out, ByteBuf destination, InetSocketAddress address) {
    return false;
  }

  @Override
  public int validateToken(ByteBuf token, InetSocketAddress address) {
    return 0;
  }

  @Override
  public int maxTokenLength() {
    return 0;
  }
}
