package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.AllocationMeter;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.stream.ReceiveBuffer;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Once it runs, a transfer makes next to no work for the garbage collector. */
class AllocationTest {
  /**
   * A datagram's way and, every other time, that of its acknowledgement: three packets sealed or
   * opened, for each of which the platform's ciphers allocate about 1,000 bytes.
   */
  private static final double BYTES_EACH_MAX = 4_000;

  private final SimulatedPair pair = new SimulatedPair(8, LinkConditions.PERFECT);
  private final MemorySegment datagram = MemorySegment.ofArray(new byte[1_500]);
  private final MemorySegment data = MemorySegment.ofArray(new byte[1_000]);
  private Connection client;
  private Connection server;
  private long nowNanos;

  @Test
  void shouldAllocateNextToNothingInASteadyTransfer() throws Exception {
    assertThat(pair.connect()).isTrue();
    pair.network.runFor(SimulatedPair.SECOND);
    nowNanos = pair.network.nowNanos();
    client = pair.client.connection;
    server = pair.server.connection;
    Stream out = client.openUnidirectional();
    write(out);
    move(client, server);
    Stream in = opened();
    read(in);

    double each = AllocationMeter.bytesEach(round -> transfer(out, in), BYTES_EACH_MAX);

    assertThat(each).isLessThanOrEqualTo(BYTES_EACH_MAX);
  }

  private void transfer(Stream out, Stream in) {
    nowNanos += 50_000;
    write(out);
    move(client, server);
    drain(server);
    read(in);
    move(server, client);
    drain(client);
    timeout(client);
    timeout(server);
  }

  private void write(Stream out) {
    if (out.sendBuffer().write(data, 0, (int) data.byteSize()) > 0) {
      client.handleStreamProgress(out, nowNanos);
    }
  }

  private void read(Stream in) {
    ReceiveBuffer received = in.receiveBuffer();
    while (received.read(data, 0, (int) data.byteSize()) > 0) {
      server.handleStreamProgress(in, nowNanos);
    }
  }

  private Stream opened() {
    ConnectionEvent event;
    while ((event = server.pollEvent()) != null) {
      if (event instanceof ConnectionEvent.PeerStreamOpened opened) {
        return opened.stream();
      }
    }
    throw new AssertionError("no stream was opened");
  }

  private void move(Connection from, Connection to) {
    int length;
    while ((length = from.pollTransmit(datagram, 0, 1_500, nowNanos)) > 0) {
      to.handleDatagram(
          datagram,
          0,
          length,
          0,
          to == server ? SimulatedPair.CLIENT_ADDRESS : SimulatedPair.SERVER_ADDRESS,
          0,
          nowNanos);
    }
  }

  private static void drain(Connection connection) {
    while (connection.pollEvent() != null) {
      // Only what is read matters here.
    }
  }

  private void timeout(Connection connection) {
    if (connection.nextDeadlineNanos() <= nowNanos) {
      connection.handleTimeout(nowNanos);
    }
  }
}
