package io.hypermesh.stoq.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Whatever is written, sent, lost, allowed and reprioritized in whatever order: the stream that is
 * chosen is one that the rules allow, and one is chosen whenever one could send.
 */
class SendSchedulerProperties {
  private static final int STREAMS = 12;
  private static final int MAX_DATA_FRAME = 0x10;

  private record Sent(Stream stream, long offset, int length, boolean fin) {}

  private static final class Model {
    final StreamSet streams = StreamSetFixture.client(1 << 20);
    final List<Stream> all = new ArrayList<>();
    final int[] urgency = new int[STREAMS];
    final boolean[] incremental = new boolean[STREAMS];

    /** Packets filled by each incremental stream while another one of its urgency waited. */
    final int[][] overtaken = new int[STREAMS][STREAMS];

    final List<Sent> inFlight = new ArrayList<>();
    long connectionLimit = 5_000;
    long connectionUsed;

    boolean canSend(int i) {
      Stream stream = all.get(i);
      return stream.hasCreditlessToSend()
          || (stream.hasFreshToSend() && connectionUsed < connectionLimit);
    }
  }

  @Property(tries = 150)
  void shouldChooseByUrgencyThenLossThenTurn(@ForAll long seed) throws TransportException {
    Random random = new Random(seed);
    Model model = new Model();
    model.streams.peerLimits(model.connectionLimit, 0, 1_000, 0, STREAMS, 0);
    for (int i = 0; i < STREAMS; i++) {
      Stream stream = model.streams.open(true);
      model.all.add(stream);
      prioritize(model, i, random);
    }
    for (int step = 0; step < 600; step++) {
      switch (random.nextInt(8)) {
        case 0 -> write(model, random);
        case 1 -> settle(model, random);
        case 2 -> raise(model, random);
        case 3 -> {
          if (random.nextInt(10) == 0) {
            prioritize(model, random.nextInt(STREAMS), random);
          }
        }
        default -> send(model, random);
      }
    }
  }

  private static void prioritize(Model model, int i, Random random) {
    model.urgency[i] = random.nextInt(3);
    model.incremental[i] = random.nextInt(4) > 0;
    model.all.get(i).prioritize(model.urgency[i], model.incremental[i]);
    for (int other = 0; other < STREAMS; other++) {
      model.overtaken[i][other] = 0;
      model.overtaken[other][i] = 0;
    }
  }

  private static void write(Model model, Random random) {
    Stream stream = model.all.get(random.nextInt(STREAMS));
    int length = random.nextInt(400);
    stream.sendBuffer().write(MemorySegment.ofArray(new byte[length]), 0, length);
    if (random.nextInt(30) == 0) {
      stream.sendBuffer().finish();
    }
    model.streams.onProgress(stream);
    forgetTurnsOfIdle(model);
  }

  private static void settle(Model model, Random random) {
    if (model.inFlight.isEmpty()) {
      return;
    }
    Sent sent = model.inFlight.remove(random.nextInt(model.inFlight.size()));
    if (random.nextInt(3) == 0) {
      model.streams.onLost(sent.stream().id(), sent.offset(), sent.length(), sent.fin());
    } else {
      model.streams.onAcknowledged(sent.stream().id(), sent.offset(), sent.length(), sent.fin());
    }
    forgetTurnsOfIdle(model);
  }

  private static void raise(Model model, Random random) throws TransportException {
    if (random.nextBoolean()) {
      model.connectionLimit += random.nextInt(1_000);
      model.streams.onMaxData(model.connectionLimit);
    } else {
      Stream stream = model.all.get(random.nextInt(STREAMS));
      model.streams.onMaxStreamData(
          stream.id(), stream.sendLimit() + random.nextInt(500), MAX_DATA_FRAME);
    }
    forgetTurnsOfIdle(model);
  }

  /** A packet of at most 100 bytes from the stream whose turn it is. */
  private static void send(Model model, Random random) {
    Stream stream = model.streams.peekSender();
    int lowest = Integer.MAX_VALUE;
    boolean creditless = false;
    for (int i = 0; i < STREAMS; i++) {
      if (model.canSend(i)) {
        if (model.urgency[i] < lowest) {
          lowest = model.urgency[i];
          creditless = false;
        }
        creditless |= model.urgency[i] == lowest && model.all.get(i).hasCreditlessToSend();
      }
    }
    if (lowest == Integer.MAX_VALUE) {
      assertThat(stream).isNull();
      return;
    }
    assertThat(stream).isNotNull();
    int chosen = model.all.indexOf(stream);
    assertThat(model.urgency[chosen]).isEqualTo(lowest);
    assertThat(stream.hasCreditlessToSend()).isEqualTo(creditless);
    SendBuffer data = stream.sendBuffer();
    long offset = data.pendingOffset();
    long available = data.pendingLength(model.streams.sendEnd(stream));
    int length = (int) Math.min(available, 1 + random.nextInt(100));
    boolean fin = data.finAt(offset + length);
    assertThat(length > 0 || fin).isTrue();
    long before = data.sentEnd();
    model.streams.onSent(stream, offset, length, fin);
    model.connectionUsed += data.sentEnd() - before;
    assertThat(model.connectionUsed).isLessThanOrEqualTo(model.connectionLimit);
    model.inFlight.add(new Sent(stream, offset, length, fin));
    Arrays.fill(model.overtaken[chosen], 0);
    if (length < available) {
      model.streams.endTurn(stream);
      if (!creditless) {
        countTurns(model, chosen);
      }
    }
    forgetTurnsOfIdle(model);
  }

  /** An incremental stream overtakes another one that waits at most once. */
  private static void countTurns(Model model, int chosen) {
    for (int i = 0; i < STREAMS; i++) {
      if (i != chosen && model.urgency[i] == model.urgency[chosen] && model.canSend(i)) {
        int times = ++model.overtaken[i][chosen];
        if (model.incremental[chosen]) {
          assertThat(times).as("stream %d before stream %d", chosen, i).isLessThanOrEqualTo(1);
        }
      }
    }
  }

  private static void forgetTurnsOfIdle(Model model) {
    for (int i = 0; i < STREAMS; i++) {
      if (!model.all.get(i).hasFreshToSend()) {
        for (int other = 0; other < STREAMS; other++) {
          model.overtaken[i][other] = 0;
          // Who comes back has to wait at the end of the line, and may be overtaken from there.
          model.overtaken[other][i] = 0;
        }
      }
    }
  }
}
