package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.codec.quic.SslEarlyDataReadyEvent;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** quiche with BoringSSL, as a client of Netty's. */
final class QuicheClient implements Peer {
  /** Datagrams after which the NAT in front of it forgets its port. */
  private static final int REBIND_AFTER = 300;

  @Override
  public String title() {
    return "quiche client";
  }

  @Override
  public @Nullable String limitation(Scenario scenario, Trial trial) throws Exception {
    return scenario == Scenario.V2 ? QuicheServer.versionLimitation(trial) : null;
  }

  @Override
  public @Nullable String remark(Scenario scenario) {
    return switch (scenario) {
      case RESUMPTION -> "both say it: STOQ resumed the session, and so did quiche's TLS";
      case ZERO_RTT ->
          "quiche's TLS says that it resumed and could send early data, when it was sent; that it was"
              + " taken is STOQ's word";
      default -> null;
    };
  }

  @Override
  public void run(Scenario scenario, Trial trial) throws Exception {
    try (StoqServer server = new StoqServer(scenario, Trial.ECHO, trial)) {
      if (scenario == Scenario.REBINDING) {
        try (RebindingRelay relay = new RebindingRelay(server.address(), REBIND_AFTER)) {
          connect(scenario, trial, server, relay.address());
          assertThat(relay.returnedAfterwards()).isPositive();
          trial.prove(
              "the relay changed its port; datagrams from STOQ to the new one: "
                  + relay.returnedAfterwards());
        }
      } else {
        connect(scenario, trial, server, server.address());
      }
      server.check(true);
    }
  }

  private static void connect(
      Scenario scenario, Trial trial, StoqServer server, InetSocketAddress address)
      throws Exception {
    QuicSslContextBuilder tls =
        QuicSslContextBuilder.forClient()
            .trustManager(trial.authority().certificate())
            .applicationProtocols(Trial.ECHO);
    if (scenario == Scenario.CLIENT_CERTIFICATE) {
      tls.keyManager(trial.theirs().key(), null, trial.theirs().certificate());
    }
    QuicSslContext context = tls.earlyData(scenario == Scenario.ZERO_RTT).build();
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      ChannelHandler codec =
          new QuicClientCodecBuilder()
              .sslEngineProvider(
                  channel -> context.newEngine(channel.alloc(), Trial.PEER_NAME, address.getPort()))
              .maxIdleTimeout(30, TimeUnit.SECONDS)
              .initialMaxData(16 << 20)
              .initialMaxStreamDataBidirectionalLocal(1 << 20)
              .build();
      Channel socket =
          new Bootstrap()
              .group(group)
              .channel(NioDatagramChannel.class)
              .handler(codec)
              .bind(Trial.loopback(0))
              .sync()
              .channel();
      if (scenario.resumes()) {
        QuicChannel first = open(socket, address, new EarlyReady(null));
        echo(scenario, trial, first);
        // Its cache has the session once the tickets have come, which are before the echo.
        ChannelFuture _ = first.close().sync();
      }
      boolean zeroRtt = scenario == Scenario.ZERO_RTT;
      if (zeroRtt) {
        // Over loopback, the handshake is over before its host has written anything.
        server.answerEarlyDataOnly();
      }
      EarlyReady early = new EarlyReady(zeroRtt ? Trial.content(scenario.bytes()) : null);
      QuicChannel channel = open(socket, address, early);
      if (zeroRtt) {
        Collector collector = early.sent.get(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
        requireEcho(scenario, trial, collector);
        trial.prove("quiche was told by its TLS that early data can be sent, and sent it then");
      } else {
        echo(scenario, trial, channel);
      }
      check(scenario, trial, channel);
      ChannelFuture _ = channel.close().sync();
      ChannelFuture _ = socket.close().sync();
    } finally {
      Future<?> _ = group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }

  private static QuicChannel open(Channel socket, InetSocketAddress server, EarlyReady early)
      throws Exception {
    return QuicChannel.newBootstrap(socket)
        .handler(early)
        .streamHandler(new ChannelInboundHandlerAdapter())
        .remoteAddress(server)
        .connect()
        .get(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** Sends early data as soon as a connection can. */
  private static final class EarlyReady extends ChannelInboundHandlerAdapter {
    private final byte @Nullable [] content;
    private final CompletableFuture<Collector> sent = new CompletableFuture<>();

    /**
     * @param content what to send early, or null
     */
    EarlyReady(byte @Nullable [] content) {
      this.content = content;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof SslEarlyDataReadyEvent && content != null) {
        Collector collector = new Collector();
        Future<QuicStreamChannel> _ =
            ((QuicChannel) context.channel())
                .createStream(QuicStreamType.BIDIRECTIONAL, collector)
                .addListener((Future<QuicStreamChannel> created) -> {
                  ChannelFuture _ =
                      created
                          .getNow()
                          .writeAndFlush(Unpooled.wrappedBuffer(content))
                          .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
                  sent.complete(collector);
                });
      }
      context.fireUserEventTriggered(event);
    }
  }

  /** Collects what comes back. */
  private static final class Collector extends ChannelInboundHandlerAdapter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> all = new CompletableFuture<>();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf buffer = (ByteBuf) message;
      byte[] part = new byte[buffer.readableBytes()];
      buffer.readBytes(part).release();
      bytes.writeBytes(part);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event == ChannelInputShutdownReadComplete.INSTANCE) {
        all.complete(bytes.toByteArray());
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      all.completeExceptionally(new IllegalStateException("the stream was closed"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      all.completeExceptionally(cause);
    }
  }

  private static void echo(Scenario scenario, Trial trial, QuicChannel channel) throws Exception {
    byte[] content = Trial.content(scenario.bytes());
    Collector collector = new Collector();
    QuicStreamChannel stream =
        channel.createStream(QuicStreamType.BIDIRECTIONAL, collector).sync().getNow();
    ChannelFuture _ =
        stream
            .writeAndFlush(Unpooled.wrappedBuffer(content))
            .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
    requireEcho(scenario, trial, collector);
  }

  private static void requireEcho(Scenario scenario, Trial trial, Collector collector)
      throws Exception {
    byte[] content = Trial.content(scenario.bytes());
    byte[] received = collector.all.get(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
    assertThat(Trial.sha256(received)).isEqualTo(Trial.sha256(content));
    trial.prove("quiche received " + received.length + " bytes back, SHA-256 alike");
  }

  /** Fails unless BoringSSL says that it resumed a session. Netty keeps that to itself. */
  static void requireReused(Trial trial, QuicChannel channel) throws Exception {
    SSLEngine engine = channel.sslEngine();
    Method isReused = engine.getClass().getDeclaredMethod("isSessionReused");
    isReused.setAccessible(true);
    assertThat(isReused.invoke(engine)).isEqualTo(true);
    trial.prove("quiche's TLS has resumed a session");
  }

  private static void check(Scenario scenario, Trial trial, QuicChannel channel) throws Exception {
    SSLSession session = channel.sslEngine().getSession();
    assertThat(session.getPeerCertificates()[0]).isEqualTo(trial.ours().certificate());
    trial.prove("quiche: " + session.getCipherSuite() + ", verified " + session.getPeerPrincipal());
    if (scenario == Scenario.CHACHA20) {
      assertThat(session.getCipherSuite()).contains("CHACHA20_POLY1305");
    }
    if (scenario.resumes()) {
      requireReused(trial, channel);
    }
  }
}
