package io.hypermesh.jmh.compare;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** What {@link StoqConnections} is, of quiche through Netty. */
final class NettyConnections {
  private static final int CONNECTING_MAX = 64;

  private NettyConnections() {}

  static Role server(Parameters parameters)
      throws GeneralSecurityException, IOException, InterruptedException {
    return new Server(parameters);
  }

  static Role handshakes(Parameters parameters)
      throws GeneralSecurityException, IOException, InterruptedException {
    return new Handshakes(parameters);
  }

  static Role idle(Parameters parameters)
      throws GeneralSecurityException, IOException, InterruptedException {
    return new Idle(parameters);
  }

  /** Does nothing. */
  @Sharable
  private static final class Bystander extends ChannelInboundHandlerAdapter {}

  /** Sends back what comes. */
  @Sharable
  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ChannelFuture _ =
          context.writeAndFlush(message).addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
    }
  }

  private static final class Server implements Role {
    private final NettyQuic quic;
    private final Channel socket;

    Server(Parameters parameters)
        throws GeneralSecurityException, IOException, InterruptedException {
      quic = new NettyQuic(parameters);
      socket = quic.listen(new Bystander(), new Echo());
    }

    @Override
    public Parameters describe() {
      return Parameters.NONE.with("port", Integer.toString(NettyQuic.port(socket)));
    }

    @Override
    public void close() {
      quic.close();
    }
  }

  private static final class Handshakes implements Role {
    private final Bystander bystander = new Bystander();
    private final NettyQuic quic;
    private final Channel socket;

    Handshakes(Parameters parameters)
        throws GeneralSecurityException, IOException, InterruptedException {
      quic = new NettyQuic(parameters);
      socket = quic.open();
    }

    @Override
    public Parameters run(String verb, Parameters arguments) throws Exception {
      return HandshakeDiscipline.repeat(verb, arguments, this::connect);
    }

    private long connect() throws IOException, InterruptedException {
      QuicChannel connection = NettyQuic.await(quic.connect(socket, bystander));
      long stood = System.nanoTime();
      ChannelFuture _ = connection.close();
      return stood;
    }

    @Override
    public void close() {
      quic.close();
    }
  }

  private static final class Idle implements Role {
    private final List<QuicChannel> connections = new ArrayList<>();
    private final AtomicInteger answers = new AtomicInteger();
    private final Bystander bystander = new Bystander();
    private final NettyQuic quic;
    private final Channel socket;

    /** Counts answers. */
    @Sharable
    private final class Counter extends ChannelInboundHandlerAdapter {
      @Override
      public void channelRead(ChannelHandlerContext context, Object message) {
        ((ByteBuf) message).release();
        answers.incrementAndGet();
      }
    }

    Idle(Parameters parameters) throws GeneralSecurityException, IOException, InterruptedException {
      quic = new NettyQuic(parameters);
      socket = quic.open();
    }

    @Override
    public Parameters run(String verb, Parameters arguments) throws Exception {
      return switch (verb) {
        case "open" -> open(arguments.number("count"));
        case "ping" -> ping();
        default -> throw new IllegalArgumentException("couldn't do what idlers can't: " + verb);
      };
    }

    private Parameters open(int count) throws IOException, InterruptedException {
      Semaphore permits = new Semaphore(CONNECTING_MAX);
      List<Future<QuicChannel>> opening = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        permits.acquire();
        opening.add(quic.connect(socket, bystander).addListener(_ -> permits.release()));
      }
      for (Future<QuicChannel> future : opening) {
        connections.add(NettyQuic.await(future));
      }
      return Parameters.NONE.with("opened", Integer.toString(connections.size()));
    }

    private Parameters ping() throws IOException, InterruptedException {
      answers.set(0);
      Counter counter = new Counter();
      for (QuicChannel connection : connections) {
        QuicStreamChannel stream =
            NettyQuic.await(connection.createStream(QuicStreamType.BIDIRECTIONAL, counter));
        ChannelFuture _ =
            stream
                .writeAndFlush(Unpooled.wrappedBuffer(new byte[] {1}))
                .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
      }
      return IdleRow.awaitAnswers(answers, connections.size());
    }

    @Override
    public void close() {
      quic.close();
    }
  }
}
