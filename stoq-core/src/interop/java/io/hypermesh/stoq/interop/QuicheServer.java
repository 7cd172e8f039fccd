package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.StoqConnection;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.InsecureQuicTokenHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.SslSessionTicketKey;
import io.netty.handler.ssl.ClientAuth;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** quiche with BoringSSL, as a server of Netty's. */
final class QuicheServer implements Peer {
  @Override
  public String title() {
    return "quiche server";
  }

  @Override
  public @Nullable String limitation(Scenario scenario, Trial trial) throws Exception {
    return scenario == Scenario.V2 ? versionLimitation(trial) : null;
  }

  /** Sends a stream's bytes back on it. */
  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ChannelFuture _ = context.write(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event == ChannelInputShutdownReadComplete.INSTANCE) {
        ChannelFuture _ =
            context
                .writeAndFlush(context.alloc().buffer(0))
                .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
      }
    }
  }

  /** A server on a port of its own. */
  private static final class Running implements AutoCloseable {
    final BlockingDeque<QuicChannel> accepted = new LinkedBlockingDeque<>();

    final CompletableFuture<Boolean> retryAnswered = new CompletableFuture<>();
    private final MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel socket;

    Running(Scenario scenario, Trial trial) throws Exception {
      QuicSslContextBuilder tls =
          QuicSslContextBuilder.forServer(trial.theirs().key(), null, trial.theirs().certificate())
              .trustManager(trial.authority().certificate())
              .applicationProtocols(Trial.ECHO);
      if (scenario == Scenario.CLIENT_CERTIFICATE) {
        tls.clientAuth(ClientAuth.REQUIRE);
      }
      QuicSslContext context = tls.earlyData(scenario == Scenario.ZERO_RTT).build();
      if (scenario.resumes()) {
        // It gives no tickets unless it's told which key to seal them with.
        SecureRandom random = new SecureRandom();
        context
            .sessionContext()
            .setTicketKeys(
                new SslSessionTicketKey(
                    random.generateSeed(SslSessionTicketKey.NAME_SIZE),
                    random.generateSeed(SslSessionTicketKey.HMAC_KEY_SIZE),
                    random.generateSeed(SslSessionTicketKey.AES_KEY_SIZE)));
      }
      socket =
          new Bootstrap()
              .group(group)
              .channel(NioDatagramChannel.class)
              .handler(codec(scenario, context, this))
              .bind(Trial.loopback(0))
              .sync()
              .channel();
    }

    InetSocketAddress address() {
      return (InetSocketAddress) socket.localAddress();
    }

    @Override
    public void close() {
      ChannelFuture _ = socket.close().syncUninterruptibly();
      Future<?> _ = group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  /** The server says which versions quiche has; they are the client's, too. */
  static String versionLimitation(Trial trial) throws Exception {
    try (Running server = new Running(Scenario.V2, trial)) {
      Set<String> versions = VersionProbe.ask(server.address());
      assertThat(versions).doesNotContain(CaddyServer.VERSION_2);
      return "quiche has no version 2 (its server's Version Negotiation packet lists "
          + String.join(", ", versions)
          + ")";
    }
  }

  @Override
  public @Nullable String remark(Scenario scenario) {
    return switch (scenario) {
      case REBINDING ->
          "the port changes between two transfers; during one, quiche's server doesn't always send"
              + " again what was on its way to the old port, and stalls, with its own client behind"
              + " such a NAT as well";
      case RESUMPTION -> "both say it: STOQ resumed its session, and so did quiche's TLS";
      case ZERO_RTT ->
          "both say that the session was resumed; that early data was taken is what STOQ heard from"
              + " the server in the handshake, for Netty doesn't tell its host";
      default -> null;
    };
  }

  @Override
  public void run(Scenario scenario, Trial trial) throws Exception {
    try (Running server = new Running(scenario, trial);
        StoqClient client = new StoqClient(scenario, Trial.ECHO, trial)) {
      StoqConnection connection = client.connect(server.address());
      if (scenario.resumes()) {
        client.echo(connection);
        connection = client.reconnect(connection);
      }
      if (scenario == Scenario.REBINDING) {
        client.echo(connection, () -> {});
        client.rebind();
        client.echo(connection, () -> {});
      } else {
        client.echo(connection);
      }
      client.check(connection);
      check(scenario, trial, server);
      connection.close();
    }
  }

  private static ChannelHandler codec(Scenario scenario, QuicSslContext tls, Running server) {
    QuicServerCodecBuilder builder =
        new QuicServerCodecBuilder()
            .sslContext(tls)
            .maxIdleTimeout(30, TimeUnit.SECONDS)
            .initialMaxData(16 << 20)
            .initialMaxStreamDataBidirectionalRemote(1 << 20)
            .initialMaxStreamsBidirectional(100)
            .activeMigration(true)
            .handler(
                new ChannelInitializer<QuicChannel>() {
                  @Override
                  protected void initChannel(QuicChannel channel) {
                    server.accepted.addLast(channel);
                  }
                })
            .streamHandler(
                new ChannelInitializer<QuicStreamChannel>() {
                  @Override
                  protected void initChannel(QuicStreamChannel stream) {
                    stream.pipeline().addLast(new Echo());
                  }
                });
    if (scenario == Scenario.RETRY) {
      builder.tokenHandler(new WatchedTokens(server.retryAnswered));
    }
    return builder.build();
  }

  /** Netty's own tokens; notes when one comes back. */
  private static final class WatchedTokens implements io.netty.handler.codec.quic.QuicTokenHandler {
    private final CompletableFuture<Boolean> answered;

    WatchedTokens(CompletableFuture<Boolean> answered) {
      this.answered = answered;
    }

    @Override
    public boolean writeToken(ByteBuf out, ByteBuf destination, InetSocketAddress client) {
      return InsecureQuicTokenHandler.INSTANCE.writeToken(out, destination, client);
    }

    @Override
    public int validateToken(ByteBuf token, InetSocketAddress client) {
      int offset = InsecureQuicTokenHandler.INSTANCE.validateToken(token, client);
      answered.complete(offset >= 0);
      return offset;
    }

    @Override
    public int maxTokenLength() {
      return InsecureQuicTokenHandler.INSTANCE.maxTokenLength();
    }
  }

  private static void check(Scenario scenario, Trial trial, Running server) throws Exception {
    QuicChannel channel = server.accepted.getLast();
    SSLSession session = channel.sslEngine().getSession();
    trial.prove("quiche: " + session.getCipherSuite());
    switch (scenario) {
      case CLIENT_CERTIFICATE -> {
        assertThat(session.getPeerCertificates()[0]).isEqualTo(trial.ours().certificate());
        trial.prove("quiche verified " + session.getPeerPrincipal());
      }
      case RETRY -> {
        assertThat(server.retryAnswered.get(10, TimeUnit.SECONDS)).isTrue();
        trial.prove("quiche took the token of its Retry");
      }
      case CHACHA20 -> assertThat(session.getCipherSuite()).contains("CHACHA20_POLY1305");
      case REBINDING -> {
        long paths = channel.collectStats().sync().getNow().pathsCount();
        assertThat(paths).isGreaterThan(1);
        trial.prove("quiche counted paths: " + paths);
      }
      case RESUMPTION, ZERO_RTT -> QuicheClient.requireReused(trial, channel);
      case HANDSHAKE, TRANSFER, KEY_UPDATE, V2 -> {
        // Proven by the bytes, and by what STOQ saw.
      }
    }
  }
}
