package io.hypermesh.jmh.compare;

import io.hypermesh.jmh.Certificates;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.handler.codec.quic.BoringSSLContextOption;
import io.netty.handler.codec.quic.EpollQuicUtils;
import io.netty.handler.codec.quic.FlushStrategy;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicCongestionControlAlgorithm;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;

/**
 * quiche through Netty, as fast as its documentation lets it be: epoll, many datagrams a system
 * call by UDP_SEGMENT and UDP_GRO, flushes after 256 KiB, wide windows and socket buffers, and the
 * same TLS as everybody: AES-128-GCM, X25519, certificates on both sides.
 *
 * <p>Parameters: {@code datagram} bytes, {@code congestion}.
 */
final class NettyQuic implements AutoCloseable {
  private static final String PROTOCOL = "benchmark";
  private static final int WINDOW_BYTES = 64 << 20;
  private static final int SOCKET_BUFFER_BYTES = 4 << 20;
  private static final int FLUSH_BYTES = 256 << 10;

  /** What one system call takes at most. */
  private static final int SEGMENTED_BYTES_MAX = 65_000;

  private static final int RECEIVE_BUFFER_BYTES = 65_536;
  private static final long WAIT_SECONDS_MAX = 20;

  private final Parameters parameters;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

  NettyQuic(Parameters parameters) {
    this.parameters = parameters;
  }

  private QuicSslContext tls(QuicSslContextBuilder builder, Certificates.Identity identity) {
    return builder
        .trustManager(identity.issuer())
        .option(BoringSSLContextOption.GROUPS, new String[] {"X25519"})
        .applicationProtocols(PROTOCOL)
        .build();
  }

  private <B extends QuicCodecBuilder<B>> B tuned(B builder) {
    int datagramBytes = datagramBytes();
    return builder
        .congestionControlAlgorithm(
            QuicCongestionControlAlgorithm.valueOf(parameters.text("congestion", "CUBIC")))
        .flushStrategy(FlushStrategy.afterNumBytes(FLUSH_BYTES))
        .maxIdleTimeout(StoqEndpoints.IDLE_MAX.toMillis(), TimeUnit.MILLISECONDS)
        .maxSendUdpPayloadSize(datagramBytes)
        .maxRecvUdpPayloadSize(datagramBytes)
        .initialMaxData(WINDOW_BYTES)
        .initialMaxStreamDataBidirectionalLocal(WINDOW_BYTES)
        .initialMaxStreamDataBidirectionalRemote(WINDOW_BYTES)
        .initialMaxStreamDataUnidirectional(WINDOW_BYTES)
        .initialMaxStreamsBidirectional(100)
        .initialMaxStreamsUnidirectional(100);
  }

  private int datagramBytes() {
    return parameters.number("datagram", 1_452);
  }

  private SegmentedDatagramPacketAllocator allocator() {
    int segments = SEGMENTED_BYTES_MAX / datagramBytes();
    return segments < 2
        ? SegmentedDatagramPacketAllocator.NONE
        : EpollQuicUtils.newSegmentedAllocator(segments);
  }

  /** Listens. */
  Channel listen(ChannelHandler connections, ChannelHandler streams)
      throws GeneralSecurityException, IOException, InterruptedException {
    Certificates.Identity identity = Keys.load(parameters, "server");
    QuicSslContext context =
        tls(
            QuicSslContextBuilder.forServer(identity.key(), null, identity.certificate())
                .clientAuth(ClientAuth.REQUIRE),
            identity);
    return bind(
        tuned(new QuicServerCodecBuilder())
            .sslContext(context)
            .tokenHandler(NoToken.INSTANCE)
            .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, allocator())
            .handler(connections)
            .streamHandler(streams)
            .build());
  }

  /** Opens a client's socket. */
  Channel open() throws GeneralSecurityException, IOException, InterruptedException {
    Certificates.Identity identity = Keys.load(parameters, "client");
    QuicSslContext context =
        tls(
            QuicSslContextBuilder.forClient()
                .keyManager(identity.key(), null, identity.certificate()),
            identity);
    return bind(
        tuned(new QuicClientCodecBuilder())
            .sslEngineProvider(channel ->
                context.newEngine(channel.alloc(), Certificates.NAME, parameters.number("port")))
            .build());
  }

  private Channel bind(ChannelHandler codec) throws InterruptedException {
    return new Bootstrap()
        .group(group)
        .channel(EpollDatagramChannel.class)
        .option(EpollChannelOption.UDP_GRO, true)
        .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
        .option(
            ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(RECEIVE_BUFFER_BYTES))
        .handler(codec)
        .bind(new InetSocketAddress(StoqEndpoints.LOOPBACK, 0))
        .sync()
        .channel();
  }

  static int port(Channel socket) {
    return ((InetSocketAddress) socket.localAddress()).getPort();
  }

  /** Connects from a client's socket. */
  Future<QuicChannel> connect(Channel socket, ChannelHandler connection) {
    return QuicChannel.newBootstrap(socket)
        .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, allocator())
        .handler(connection)
        .streamHandler(connection)
        .remoteAddress(StoqEndpoints.server(parameters.number("port")))
        .connect();
  }

  /** Waits for what should be there soon. */
  static <T> T await(Future<T> future) throws IOException, InterruptedException {
    if (!future.await(WAIT_SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new IOException("couldn't wait any longer for Netty");
    }
    if (!future.isSuccess()) {
      throw new IOException("couldn't do it with Netty", future.cause());
    }
    return future.getNow();
  }

  @Override
  public void close() {
    Future<?> _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
