package io.hypermesh.stoq.packet;

import static io.hypermesh.stoq.packet.FrameRecorder.describe;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Combinators.F2;

/** Frames of every kind with random fields. */
public final class SampleFrames {
  /** Writes a frame; returns its length. */
  public interface Writer {
    /** Writes it. */
    int put(MemorySegment buffer, long offset);
  }

  /**
   * A frame to write.
   *
   * @param expected what {@link FrameRecorder} makes of it
   * @param size what FrameEncoder says that it takes, or -1 where it has no such method
   */
  public record Sample(String expected, int size, Writer writer) {}

  private static final Arbitrary<Long> NUMBER =
      Arbitraries.oneOf(
          Arbitraries.longs().between(0, 70),
          Arbitraries.longs().between(0, 20_000),
          Arbitraries.longs().between(0, VarInt.MAX));
  private static final Arbitrary<Long> STREAMS =
      Arbitraries.longs().between(0, FrameDecoder.STREAMS_MAX);
  private static final Arbitrary<byte[]> DATA =
      Arbitraries.bytes().array(byte[].class).ofMinSize(0).ofMaxSize(80);
  private static final Arbitrary<Boolean> FLAG = Arbitraries.of(true, false);

  private SampleFrames() {}

  /** Frames that a 1-RTT packet can hold, each with an end of its own. */
  public static Arbitrary<Sample> all() {
    return Arbitraries.oneOf(
        List.of(
            Arbitraries.just(new Sample("PING", 1, FrameEncoder::putPing)),
            Arbitraries.just(new Sample("HANDSHAKE_DONE", 1, FrameEncoder::putHandshakeDone)),
            acks(),
            three(),
            crypto(),
            newToken(),
            stream(),
            limits(),
            streamLimits(),
            streamCounts(),
            connectionIds(),
            paths(),
            closes(),
            Arbitraries.just(new Sample("IMMEDIATE_ACK", 1, FrameEncoder::putImmediateAck)),
            ackFrequencies(),
            datagrams()));
  }

  static Arbitrary<RangeList> ranges() {
    return Arbitraries.longs()
        .between(1, 3000)
        .list()
        .ofMinSize(1)
        .ofMaxSize(90)
        .map(RangeList::new);
  }

  /** Ranges made of distances, from packet number 0 up. */
  static final class RangeList implements AckRangeList {
    private final List<long[]> highestFirst = new ArrayList<>();

    RangeList(List<Long> distances) {
      long at = 0;
      for (int i = 0; i < distances.size(); i++) {
        long smallest = at + (i == 0 ? distances.get(i) - 1 : distances.get(i) + 1);
        long largest = smallest + distances.get((i * 7 + 3) % distances.size()) % 90;
        highestFirst.addFirst(new long[] {smallest, largest});
        at = largest;
      }
    }

    @Override
    public int rangeCount() {
      return highestFirst.size();
    }

    @Override
    public long largest(int index) {
      return highestFirst.get(index)[1];
    }

    @Override
    public long smallest(int index) {
      return highestFirst.get(index)[0];
    }

    String describe(int count) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < count; i++) {
        text.append(smallest(i)).append('-').append(largest(i)).append(',');
      }
      return text.toString();
    }
  }

  private static Arbitrary<Sample> acks() {
    return Combinators.combine(ranges(), NUMBER, NUMBER, FLAG)
        .as((ranges, delay, count, ecn) -> {
          String all = ranges.describe(ranges.rangeCount());
          String counts = ecn ? count + "/" + delay + "/7" : "none";
          return new Sample(
              describe("ACK", ranges.largest(0), delay, all, counts),
              -1,
              (b, o) ->
                  ecn
                      ? FrameEncoder.putAckEcn(b, o, 2000, ranges, delay, count, delay, 7)
                      : FrameEncoder.putAck(b, o, 2000, ranges, delay));
        });
  }

  private static Arbitrary<Sample> three() {
    return Combinators.combine(NUMBER, NUMBER, NUMBER, FLAG)
        .as((id, code, size, reset) ->
            reset
                ? new Sample(
                    describe("RESET_STREAM", id, code, size),
                    FrameEncoder.sizeOfResetStream(id, code, size),
                    (b, o) -> FrameEncoder.putResetStream(b, o, id, code, size))
                : new Sample(
                    describe("STOP_SENDING", id, code),
                    FrameEncoder.sizeOfStopSending(id, code),
                    (b, o) -> FrameEncoder.putStopSending(b, o, id, code)));
  }

  private static int putData(MemorySegment buffer, long offset, int header, byte[] data) {
    MemorySegment.copy(data, 0, buffer, Wire.BYTE, offset + header, data.length);
    return header + data.length;
  }

  private static String hex(byte[] data) {
    return HexFormat.of().formatHex(data);
  }

  private static Arbitrary<Sample> crypto() {
    return two(
        NUMBER.filter(offset -> offset < VarInt.MAX - 100),
        DATA,
        (offset, data) ->
            new Sample(
                describe("CRYPTO", offset, hex(data)),
                FrameEncoder.sizeOfCryptoHeader(offset, data.length) + data.length,
                (b, o) ->
                    putData(b, o, FrameEncoder.putCryptoHeader(b, o, offset, data.length), data)));
  }

  private static Arbitrary<Sample> newToken() {
    return DATA.filter(token -> token.length > 0)
        .map(token ->
            new Sample(
                describe("NEW_TOKEN", hex(token)),
                FrameEncoder.sizeOfNewToken(token.length),
                (b, o) -> FrameEncoder.putNewToken(b, o, token)));
  }

  private static Arbitrary<Sample> stream() {
    Arbitrary<Long> offsets =
        Arbitraries.oneOf(Arbitraries.just(0L), NUMBER.filter(o -> o < VarInt.MAX - 100));
    return Combinators.combine(NUMBER, offsets, DATA, FLAG)
        .as((id, at, data, fin) ->
            new Sample(
                describe("STREAM", id, at, hex(data), fin),
                FrameEncoder.sizeOfStreamHeader(id, at, data.length, true) + data.length,
                (b, o) ->
                    putData(
                        b,
                        o,
                        FrameEncoder.putStreamHeader(b, o, id, at, data.length, fin, true),
                        data)));
  }

  private static Arbitrary<Sample> limits() {
    return two(
        NUMBER,
        Arbitraries.of(0, 1, 2),
        (maximum, kind) ->
            switch (kind) {
              case 0 ->
                  new Sample(
                      describe("MAX_DATA", maximum),
                      FrameEncoder.sizeOfMaxData(maximum),
                      (b, o) -> FrameEncoder.putMaxData(b, o, maximum));
              case 1 ->
                  new Sample(
                      describe("DATA_BLOCKED", maximum),
                      FrameEncoder.sizeOfDataBlocked(maximum),
                      (b, o) -> FrameEncoder.putDataBlocked(b, o, maximum));
              default ->
                  new Sample(
                      describe("RETIRE_CONNECTION_ID", maximum),
                      FrameEncoder.sizeOfRetireConnectionId(maximum),
                      (b, o) -> FrameEncoder.putRetireConnectionId(b, o, maximum));
            });
  }

  private static Arbitrary<Sample> streamLimits() {
    return Combinators.combine(NUMBER, NUMBER, FLAG)
        .as((id, maximum, blocked) ->
            blocked
                ? new Sample(
                    describe("STREAM_DATA_BLOCKED", id, maximum),
                    FrameEncoder.sizeOfStreamDataBlocked(id, maximum),
                    (b, o) -> FrameEncoder.putStreamDataBlocked(b, o, id, maximum))
                : new Sample(
                    describe("MAX_STREAM_DATA", id, maximum),
                    FrameEncoder.sizeOfMaxStreamData(id, maximum),
                    (b, o) -> FrameEncoder.putMaxStreamData(b, o, id, maximum)));
  }

  private static Arbitrary<Sample> streamCounts() {
    return Combinators.combine(FLAG, STREAMS, FLAG)
        .as((both, maximum, blocked) ->
            blocked
                ? new Sample(
                    describe("STREAMS_BLOCKED", both, maximum),
                    FrameEncoder.sizeOfStreamsBlocked(maximum),
                    (b, o) -> FrameEncoder.putStreamsBlocked(b, o, both, maximum))
                : new Sample(
                    describe("MAX_STREAMS", both, maximum),
                    FrameEncoder.sizeOfMaxStreams(maximum),
                    (b, o) -> FrameEncoder.putMaxStreams(b, o, both, maximum)));
  }

  private static Arbitrary<Sample> connectionIds() {
    Arbitrary<byte[]> ids = Arbitraries.bytes().array(byte[].class).ofMinSize(1).ofMaxSize(20);
    Arbitrary<byte[]> tokens = Arbitraries.bytes().array(byte[].class).ofSize(16);
    return Combinators.combine(NUMBER, NUMBER, ids, tokens)
        .as((one, other, id, token) -> {
          long sequence = Math.max(one, other);
          long prior = Math.min(one, other);
          ConnectionId connectionId = ConnectionId.of(id);
          return new Sample(
              describe("NEW_CONNECTION_ID", sequence, prior, connectionId, hex(token)),
              FrameEncoder.sizeOfNewConnectionId(sequence, prior, connectionId),
              (b, o) ->
                  FrameEncoder.putNewConnectionId(
                      b, o, sequence, prior, connectionId, StatelessResetToken.of(token)));
        });
  }

  private static Arbitrary<Sample> paths() {
    return two(
        Arbitraries.longs(),
        FLAG,
        (data, response) ->
            response
                ? new Sample(
                    describe("PATH_RESPONSE", data),
                    FrameEncoder.PATH_FRAME_LENGTH,
                    (b, o) -> FrameEncoder.putPathResponse(b, o, data))
                : new Sample(
                    describe("PATH_CHALLENGE", data),
                    FrameEncoder.PATH_FRAME_LENGTH,
                    (b, o) -> FrameEncoder.putPathChallenge(b, o, data)));
  }

  private static Arbitrary<Sample> closes() {
    return Combinators.combine(FLAG, NUMBER, NUMBER, DATA)
        .as((application, code, type, reason) ->
            application
                ? new Sample(
                    describe("CONNECTION_CLOSE", true, code, 0, hex(reason)),
                    FrameEncoder.sizeOfApplicationClose(code, reason.length),
                    (b, o) -> FrameEncoder.putApplicationClose(b, o, code, reason))
                : new Sample(
                    describe("CONNECTION_CLOSE", false, code, type, hex(reason)),
                    FrameEncoder.sizeOfConnectionClose(code, type, reason.length),
                    (b, o) -> FrameEncoder.putConnectionClose(b, o, code, type, reason)));
  }

  private static Arbitrary<Sample> ackFrequencies() {
    return Combinators.combine(NUMBER, NUMBER, NUMBER, NUMBER)
        .as((sequence, threshold, delay, reordering) ->
            new Sample(
                describe("ACK_FREQUENCY", sequence, threshold, delay, reordering),
                FrameEncoder.sizeOfAckFrequency(sequence, threshold, delay, reordering),
                (b, o) ->
                    FrameEncoder.putAckFrequency(b, o, sequence, threshold, delay, reordering)));
  }

  private static Arbitrary<Sample> datagrams() {
    return DATA.map(data ->
        new Sample(
            describe("DATAGRAM", hex(data)),
            FrameEncoder.sizeOfDatagramHeader(data.length, true) + data.length,
            (b, o) ->
                putData(b, o, FrameEncoder.putDatagramHeader(b, o, data.length, true), data)));
  }

  private static <A, B> Arbitrary<Sample> two(
      Arbitrary<A> first, Arbitrary<B> second, F2<A, B, Sample> maker) {
    return Combinators.combine(first, second).as(maker);
  }
}
