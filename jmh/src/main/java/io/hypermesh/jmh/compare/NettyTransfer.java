package io.hypermesh.jmh.compare;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The transfer of quiche through Netty. The sender writes one direct buffer again and again; the
 * receiver counts what comes, and lets go of it.
 */
final class NettyTransfer {
  private static final int CHUNK_BYTES = 256 << 10;

  private NettyTransfer() {}

  static Role server(Parameters parameters)
      throws GeneralSecurityException, IOException, InterruptedException {
    return new Server(parameters);
  }

  static Role client(Parameters parameters)
      throws GeneralSecurityException, IOException, InterruptedException {
    return new Client(parameters);
  }

  private static final class Server implements Role {
    private final AtomicLong bytes = new AtomicLong();
    private final NettyQuic quic;
    private final Channel socket;

    /** Counts. */
    @Sharable
    private final class Counter extends ChannelInboundHandlerAdapter {
      @Override
      public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        bytes.setRelease(bytes.getPlain() + buffer.readableBytes());
        buffer.release();
      }
    }

    Server(Parameters parameters)
        throws GeneralSecurityException, IOException, InterruptedException {
      quic = new NettyQuic(parameters);
      socket = quic.listen(new Bystander(), new Counter());
    }

    @Override
    public Parameters describe() {
      return Parameters.NONE.with("port", Integer.toString(NettyQuic.port(socket)));
    }

    @Override
    public long bytes() {
      return bytes.getAcquire();
    }

    @Override
    public void close() {
      quic.close();
    }
  }

  /** Does nothing. */
  @Sharable
  static final class Bystander extends ChannelInboundHandlerAdapter {}

  private static final class Client implements Role {
    private final ByteBuf source = Unpooled.directBuffer(CHUNK_BYTES).writeZero(CHUNK_BYTES);
    private final NettyQuic quic;
    private final Channel stream;
    private volatile boolean sending;

    /** Writes while there is room. */
    private final class Sender extends ChannelInboundHandlerAdapter {
      @Override
      public void channelWritabilityChanged(ChannelHandlerContext context) {
        pump(context.channel());
      }
    }

    Client(Parameters parameters)
        throws GeneralSecurityException, IOException, InterruptedException {
      quic = new NettyQuic(parameters);
      QuicChannel connection = NettyQuic.await(quic.connect(quic.open(), new Bystander()));
      stream =
          NettyQuic.await(connection.createStream(QuicStreamType.UNIDIRECTIONAL, new Sender()));
    }

    private void pump(Channel channel) {
      while (sending && channel.isWritable()) {
        var _ = channel.writeAndFlush(source.retainedDuplicate(), channel.voidPromise());
      }
    }

    @Override
    public Parameters run(String verb, Parameters arguments) {
      sending = TransferDiscipline.isGo(verb);
      if (sending) {
        stream.eventLoop().execute(() -> pump(stream));
      }
      return Parameters.NONE;
    }

    @Override
    public void close() {
      quic.close();
    }
  }
}
