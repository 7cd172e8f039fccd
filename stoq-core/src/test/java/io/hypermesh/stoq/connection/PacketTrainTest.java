package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.stream.ReceiveBuffer;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Datagrams that are taken together have the effect that each has alone, whatever is in them. */
class PacketTrainTest {
  private static final int DATAGRAM_BYTES = 1_452;
  private static final long ROUND_NANOS = 3_000_000;

  /** A client that sends to a server, whose datagrams come one by one or in trains. */
  private static final class Talk {
    private final SimulatedPair pair;
    private final Random fate;
    private final boolean trains;
    private final MemorySegment space = MemorySegment.ofArray(new byte[DATAGRAM_BYTES]);
    private final MemorySegment train = MemorySegment.ofArray(new byte[64 * DATAGRAM_BYTES]);
    private final DatagramTrain datagrams = new DatagramTrain();
    private final List<String> said = new ArrayList<>();
    private final Connection client;
    private final Connection server;
    private final Stream out;
    private Stream in;
    private long nowNanos;
    private long read;
    private int taken;

    private Talk(long seed, boolean trains) {
      this.trains = trains;
      fate = new Random(seed);
      pair = new SimulatedPair(seed, LinkConditions.PERFECT, settings -> settings.pacing(false));
      assertThat(pair.connect()).isTrue();
      pair.network.runFor(SimulatedPair.SECOND);
      nowNanos = pair.network.nowNanos();
      client = pair.client.connection;
      server = pair.server.connection;
      out = client.openUnidirectional();
    }

    /** What the client has to say now, as bytes. */
    private List<byte[]> speak(int bytes) {
      MemorySegment data = MemorySegment.ofArray(new byte[bytes]);
      for (int i = 0; i < data.byteSize(); i++) {
        data.set(ValueLayout.JAVA_BYTE, i, (byte) i);
      }
      out.sendBuffer().write(data, 0, bytes);
      client.handleStreamProgress(out, nowNanos);
      List<byte[]> spoken = new ArrayList<>();
      int length;
      while ((length = client.pollTransmit(space, 0, DATAGRAM_BYTES, nowNanos)) > 0) {
        spoken.add(space.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
      }
      return spoken;
    }

    /** Loses, repeats, swaps, damages and invents datagrams. */
    private void mistreat(List<byte[]> spoken) {
      for (int i = 0; i < spoken.size(); i++) {
        switch (fate.nextInt(300)) {
          case 0 -> spoken.remove(i);
          case 1 -> spoken.add(fate.nextInt(i + 1), spoken.get(i).clone());
          case 2 -> spoken.add(fate.nextInt(spoken.size()), spoken.remove(i));
          case 3 -> spoken.get(i)[fate.nextInt(spoken.get(i).length)] ^= 4;
          case 4 -> spoken.set(i, Arrays.copyOf(spoken.get(i), 1 + fate.nextInt(40)));
          case 5 -> fate.nextBytes(spoken.get(i));
          default -> {}
        }
      }
    }

    private void deliver(List<byte[]> spoken) {
      for (int at = 0; at < spoken.size(); ) {
        int count = trains ? trainAt(spoken, at) : 1;
        int each = spoken.get(at).length;
        datagrams.set(train, 0, each, fill(spoken, at, count), 0, SimulatedPair.CLIENT_ADDRESS, 0);
        int together = count > 1 ? server.handleTrain(datagrams, nowNanos) : 0;
        if (together == 0) {
          server.handleDatagram(train, 0, each, 0, SimulatedPair.CLIENT_ADDRESS, 0, nowNanos);
        }
        taken += together;
        at += Math.max(1, together);
      }
    }

    /** How many datagrams are of one length, but for a shorter last one. */
    private static int trainAt(List<byte[]> spoken, int at) {
      int count = 1;
      int each = spoken.get(at).length;
      while (count < 60 && at + count < spoken.size() && spoken.get(at + count).length == each) {
        count++;
      }
      return at + count < spoken.size() && spoken.get(at + count).length < each ? count + 1 : count;
    }

    private int fill(List<byte[]> spoken, int at, int count) {
      int total = 0;
      for (byte[] datagram : spoken.subList(at, at + count)) {
        MemorySegment.copy(datagram, 0, train, ValueLayout.JAVA_BYTE, total, datagram.length);
        total += datagram.length;
      }
      return total;
    }

    /** The server says what it has to say: events, bytes, datagrams, which the client gets. */
    private void answer() {
      ConnectionEvent event;
      while ((event = server.pollEvent()) != null) {
        said.add(event.getClass().getSimpleName());
        if (event instanceof ConnectionEvent.PeerStreamOpened opened) {
          in = opened.stream();
        }
      }
      read();
      int length;
      while ((length = server.pollTransmit(space, 0, DATAGRAM_BYTES, nowNanos)) > 0) {
        said.add(HexFormat.of().formatHex(space.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE)));
        client.handleDatagram(space, 0, length, 0, SimulatedPair.SERVER_ADDRESS, 0, nowNanos);
      }
      while (client.pollEvent() != null) {
        // What the client hears is not what this is about.
      }
    }

    private void read() {
      if (in == null) {
        return;
      }
      ReceiveBuffer received = in.receiveBuffer();
      MemorySegment bytes = MemorySegment.ofArray(new byte[4_096]);
      int count;
      while ((count = received.read(bytes, 0, 4_096)) > 0) {
        read += count;
      }
      server.handleStreamProgress(in, nowNanos);
    }

    private Talk rounds(int count) {
      for (int round = 0; round < count; round++) {
        nowNanos += ROUND_NANOS;
        client.handleTimeout(nowNanos);
        server.handleTimeout(nowNanos);
        if (fate.nextInt(60) == 0) {
          client.updateKeys();
        }
        List<byte[]> spoken = speak(fate.nextInt(40_000));
        mistreat(spoken);
        deliver(spoken);
        answer();
      }
      said.add(read + " bytes read, " + server.keyUpdates() + " key updates");
      return this;
    }
  }

  @Property(tries = 20, shrinking = ShrinkingMode.OFF)
  void shouldHaveTheEffectOfEachDatagramAlone(@ForAll long seed) {
    Talk single = new Talk(seed, false).rounds(100);
    Talk together = new Talk(seed, true).rounds(100);
    assertThat(together.said).isEqualTo(single.said);
    assertThat(together.read).isPositive();
  }

  /** Soon after a key update they don't: packets may be of the phase before. */
  @Test
  void shouldTakeMostDatagramsInTrains() {
    Talk talk = new Talk(6, true).rounds(100);
    assertThat(talk.server.keyUpdates()).isZero();
    assertThat(talk.taken).isGreaterThan(1_000);
  }

  @Test
  void shouldUpdateKeysInTheMiddleOfATrain() {
    Talk talk = new Talk(3, true);
    List<byte[]> before = talk.speak(5_000);
    assertThat(talk.client.updateKeys()).isTrue();
    List<byte[]> train = new ArrayList<>(before.subList(0, before.size() - 1));
    train.addAll(talk.speak(5_000));
    talk.deliver(train);
    talk.answer();
    assertThat(talk.server.keyUpdates()).isEqualTo(1);
    assertThat(talk.taken).isGreaterThan(before.size());
    assertThat(talk.server.isClosed()).isFalse();
  }

  /** RFC 9000, 10.3.1: it may look like any packet, and come behind one. */
  @Test
  void shouldNoticeAStatelessResetInATrain() {
    Talk talk = new Talk(4, true);
    // An ID that came with a token.
    assertThat(talk.client.rotateConnectionIds()).isTrue();
    talk.deliver(talk.speak(10));
    talk.answer();
    List<byte[]> spoken = talk.speak(10_000);
    byte[] reset = spoken.get(2);
    reset[20] ^= 1;
    byte[] token = talk.pair.client.ids.statelessResetToken(talk.server.state.remoteIds.active());
    System.arraycopy(token, 0, reset, reset.length - token.length, token.length);
    talk.deliver(spoken);
    talk.answer();
    assertThat(talk.said).contains("Closed");
    assertThat(talk.server.isClosed()).isTrue();
  }

  /** RFC 9000, 10.2.2: who is told that it's over says nothing more. */
  @Test
  void shouldEndWhereThePeerClosesInATrain() {
    Talk talk = new Talk(5, true);
    List<byte[]> spoken = talk.speak(10_000);
    talk.client.close(7, "", talk.nowNanos);
    int length = talk.client.pollTransmit(talk.space, 0, DATAGRAM_BYTES, talk.nowNanos);
    spoken.addAll(2, List.of(talk.space.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE)));
    talk.deliver(spoken);
    talk.answer();
    assertThat(talk.said).contains("Closed");
    assertThat(talk.server.isClosed()).isTrue();
  }
}
