package io.hypermesh.jmh.compare;

import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.stoq.StoqSettings;
import io.hypermesh.stoq.StoqStream;
import io.hypermesh.stoq.StoqStreamListener;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * STOQ's transfer. The host is called on the endpoint's own thread: it writes from memory of its
 * own outside the heap, and reads in place.
 *
 * <p>Parameters: {@code datagram} bytes, {@code driver}, {@code connections}, each with an endpoint
 * of its own on both sides.
 */
final class StoqTransfer {
  private static final int SOURCE_BYTES = 256 << 10;
  private static final long CONNECT_SECONDS_MAX = 20;

  private StoqTransfer() {}

  private static StoqSettings settings(Parameters parameters) {
    return StoqEndpoints.settings(parameters)
        .streamWindowBytes(64L << 20)
        .connectionWindowBytes(64L << 20)
        .sendBufferBytes(parameters.number("sendBuffer", 4 << 20))
        .build();
  }

  static Role server(Parameters parameters) throws GeneralSecurityException, IOException {
    return new Server(parameters);
  }

  static Role client(Parameters parameters)
      throws GeneralSecurityException,
          IOException,
          InterruptedException,
          ExecutionException,
          TimeoutException {
    return new Client(parameters);
  }

  private static final class Server implements Role, StoqListener, StoqStreamListener {
    private final LongAdder bytes = new LongAdder();
    private final List<StoqEndpoint> endpoints = new ArrayList<>();
    private final List<StoqConnection> connections = new CopyOnWriteArrayList<>();

    Server(Parameters parameters) throws GeneralSecurityException, IOException {
      for (int i = 0; i < parameters.number("connections", 1); i++) {
        endpoints.add(StoqEndpoints.start(parameters, "server", settings(parameters), this));
      }
    }

    @Override
    public Parameters describe() {
      return Parameters.NONE.with(
          "port",
          endpoints.stream()
              .map(endpoint -> Integer.toString(endpoint.localAddress().getPort()))
              .collect(Collectors.joining(",")));
    }

    @Override
    public void onConnection(StoqConnection connection) {
      connections.add(connection);
    }

    @Override
    public void onStream(StoqStream stream) {
      stream.listener(this);
    }

    @Override
    public void onReadable(StoqStream stream) throws StoqException {
      long read = 0;
      MemorySegment peeked;
      while ((peeked = stream.peek()) != null) {
        int length = (int) peeked.byteSize();
        read += length;
        stream.consume(length);
      }
      bytes.add(read);
    }

    @Override
    public long bytes() {
      return bytes.sum();
    }

    @Override
    public long packets() {
      return connections.stream()
          .mapToLong(connection -> connection.pathStatistics().datagramsReceived())
          .sum();
    }

    @Override
    public void close() throws IOException {
      for (StoqEndpoint endpoint : endpoints) {
        endpoint.close();
      }
    }
  }

  private static final class Client implements Role, StoqStreamListener {
    private final MemorySegment source = Arena.global().allocate(SOURCE_BYTES);
    private final List<StoqEndpoint> endpoints = new ArrayList<>();
    private final List<StoqStream> streams = new ArrayList<>();
    private volatile boolean sending;

    Client(Parameters parameters)
        throws GeneralSecurityException,
            IOException,
            InterruptedException,
            ExecutionException,
            TimeoutException {
      for (String port : parameters.text("port").split(",", -1)) {
        StoqEndpoint endpoint =
            StoqEndpoints.start(parameters, "client", settings(parameters), new StoqListener() {});
        endpoints.add(endpoint);
        StoqConnection connection =
            endpoint
                .connect(StoqEndpoints.server(Integer.parseInt(port)))
                .get(CONNECT_SECONDS_MAX, TimeUnit.SECONDS);
        streams.add(
            connection.openUnidirectionalStream().get(CONNECT_SECONDS_MAX, TimeUnit.SECONDS));
      }
    }

    @Override
    public Parameters run(String verb, Parameters arguments) {
      sending = TransferDiscipline.isGo(verb);
      if (sending) {
        // A listener that is set is called at once where there is room.
        streams.forEach(stream -> stream.listener(this));
      }
      return Parameters.NONE;
    }

    @Override
    public void onWritable(StoqStream stream) throws StoqException {
      while (sending && stream.write(source, 0, SOURCE_BYTES) == SOURCE_BYTES) {
        // Until it takes no more.
      }
    }

    @Override
    public void close() throws IOException {
      for (StoqEndpoint endpoint : endpoints) {
        endpoint.close();
      }
    }
  }
}
