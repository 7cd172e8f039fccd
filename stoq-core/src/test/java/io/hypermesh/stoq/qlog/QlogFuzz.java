package io.hypermesh.stoq.qlog;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.TracedPacket;
import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.packet.TransportParameters;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A log of what a peer says: its reasons and protocols as any text, its packets as any bytes, its
 * transport parameters, versions and IDs. Each record is JSON as the schema has it.
 */
public final class QlogFuzz implements FuzzTarget {
  private static final int EVENTS_MAX = 12;
  private static final long CHARACTERS_PER_BYTE_MAX = 200;
  private static final long CHARACTERS_PER_EVENT_MAX = 3_000;

  @Override
  public void run(FuzzInput input) {
    int length = input.remaining();
    StringBuilder log = new StringBuilder();
    boolean slow = input.below(8) == 7;
    RecordSink sink =
        new RecordSink() {
          @Override
          public boolean append(String record) {
            boolean taken = !slow || log.isEmpty() || input.flag();
            log.append(taken ? record : "");
            return taken;
          }

          @Override
          public void close(String last) {
            log.append(last);
          }
        };
    QlogTrace trace = new QlogTrace(input.flag(), id(input), sink, 0, Instant.EPOCH);
    int events = 0;
    while (events < EVENTS_MAX && input.hasRemaining()) {
      tell(trace, input, events * 1_500_001L);
      events++;
    }
    trace.onEnd(events * 1_500_001L);
    require(
        log.length() <= CHARACTERS_PER_EVENT_MAX * (events + 2) + CHARACTERS_PER_BYTE_MAX * length,
        log.length() + " characters for " + length + " bytes");
    QlogSchema.read(log.toString());
  }

  private static ConnectionId id(FuzzInput input) {
    return ConnectionId.of(input.bytes(input.below(ConnectionId.LENGTH_MAX + 1)));
  }

  /** Text as the connection makes it of a peer's bytes, or any UTF-16. */
  private static String text(FuzzInput input) {
    byte[] bytes = input.piece();
    return new String(bytes, input.flag() ? StandardCharsets.UTF_8 : StandardCharsets.UTF_16);
  }

  private static void tell(QlogTrace trace, FuzzInput input, long now) {
    switch (input.below(6)) {
      case 0 ->
          trace.onClosed(
              now,
              new CloseReason(
                  input.oneOf(CloseReason.Origin.values()),
                  input.flag(),
                  input.uint64() >>> 2,
                  input.uint64() >>> 2,
                  text(input)));
      case 1 -> trace.onApplicationProtocol(now, text(input));
      case 2 -> {
        List<Integer> versions = new ArrayList<>();
        for (int i = input.below(6); i > 0; i--) {
          versions.add((int) input.uint64());
        }
        trace.onVersion(now, List.of(QuicVersion.V1), versions, QuicVersion.V1);
      }
      case 3 -> {
        try {
          boolean client = input.flag();
          trace.onParameters(now, false, TransportParameters.decode(input.piece(), client), null);
        } catch (TransportException e) {
          // The connection ends, and never tells of them.
        }
      }
      default -> trace.onPacketReceived(now, packet(input));
    }
  }

  private static TracedPacket packet(FuzzInput input) {
    PacketType type = input.oneOf(PacketType.values());
    List<Integer> versions = new ArrayList<>();
    for (int i = input.below(4); i > 0; i--) {
      versions.add((int) input.uint64());
    }
    boolean protectedType =
        switch (type) {
          case INITIAL, HANDSHAKE, ZERO_RTT, ONE_RTT -> true;
          case RETRY, VERSION_NEGOTIATION, UNSUPPORTED_VERSION -> false;
        };
    byte[] payload = protectedType ? input.piece() : new byte[0];
    return new TracedPacket(
        type,
        protectedType ? input.uint64() >>> 2 : TracedPacket.NONE,
        1 + input.below(4),
        (int) input.uint64(),
        id(input),
        type == PacketType.ONE_RTT ? null : id(input),
        input.uint8(),
        input.flag(),
        payload.length + 40L,
        MemorySegment.ofArray(payload),
        0,
        payload.length,
        input.below(21),
        type == PacketType.VERSION_NEGOTIATION ? versions : List.of(),
        false);
  }
}
