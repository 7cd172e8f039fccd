package io.hypermesh.stoq.fuzz;

import io.hypermesh.stoq.connection.AuthenticFramesFuzz;
import io.hypermesh.stoq.connection.FirstAnswerFuzz;
import io.hypermesh.stoq.connection.ReassemblyFuzz;
import io.hypermesh.stoq.connection.StoredSessionsFuzz;
import io.hypermesh.stoq.datagram.DatagramQueueFuzz;
import io.hypermesh.stoq.endpoint.EarlyDataFuzz;
import io.hypermesh.stoq.endpoint.FirstDatagramFuzz;
import io.hypermesh.stoq.endpoint.TokensFuzz;
import io.hypermesh.stoq.handshake.ResumptionFuzz;
import io.hypermesh.stoq.handshake.TlsClientFuzz;
import io.hypermesh.stoq.handshake.TlsMessagesFuzz;
import io.hypermesh.stoq.handshake.TlsServerFuzz;
import io.hypermesh.stoq.packet.FramesFuzz;
import io.hypermesh.stoq.packet.PacketHeadersFuzz;
import io.hypermesh.stoq.packet.TransportParametersFuzz;
import io.hypermesh.stoq.qlog.QlogFuzz;
import io.hypermesh.stoq.recovery.ReceivedPacketsFuzz;
import java.lang.reflect.Constructor;
import java.util.function.Supplier;

/** Every target with its name, which is also the name of its corpus' directory. */
public enum FuzzTargets {
  PACKET_HEADERS("packet-headers", 1, PacketHeadersFuzz::new),
  FRAMES("frames", 1, FramesFuzz::new),
  TRANSPORT_PARAMETERS("transport-parameters", 1, TransportParametersFuzz::new),
  TLS_MESSAGES("tls-messages", 2, TlsMessagesFuzz::new),
  TLS_SERVER("tls-server", 16, TlsServerFuzz::new),
  TLS_CLIENT("tls-client", 16, TlsClientFuzz::new),
  FIRST_ANSWER("first-answer", 16, FirstAnswerFuzz::new),
  FIRST_DATAGRAM("first-datagram", 64, FirstDatagramFuzz::new),
  AUTHENTIC_FRAMES("authentic-frames", 64, AuthenticFramesFuzz::new),
  REASSEMBLY("reassembly", 4, ReassemblyFuzz::new),
  RECEIVED_PACKETS("received-packets", 8, ReceivedPacketsFuzz::new),
  DATAGRAM_QUEUE("datagram-queue", 8, DatagramQueueFuzz::new),
  EARLY_DATA("early-data", 64, EarlyDataFuzz::new),
  STORED_SESSIONS("stored-sessions", 64, StoredSessionsFuzz::new),
  RESUMPTION("resumption", 16, ResumptionFuzz::new),
  TOKENS("tokens", 4, TokensFuzz::new),
  QLOG("qlog", 4, QlogFuzz::new),
  CHANNEL_MESSAGES(
      "channel-messages", 1, () -> unexported("io.hypermesh.stoq.ChannelMessagesFuzz"));

  /** Beside what an input costs by its length: what a target sets up for each. */
  private static final long BYTES_PER_INPUT_BYTE = 8L << 10;

  private final String title;
  private final long allocatedBytesMax;

  @SuppressWarnings("ImmutableEnumChecker") // constructors, which keep nothing
  private final Supplier<FuzzTarget> maker;

  FuzzTargets(String title, int allocatedMebibytesMax, Supplier<FuzzTarget> maker) {
    this.title = title;
    this.allocatedBytesMax = (long) allocatedMebibytesMax << 20;
    this.maker = maker;
  }

  /** The name for people. */
  public String title() {
    return title;
  }

  /** Allocating more than that for an input of a length is a bug: its sender could exhaust us. */
  long allocatedBytesMax(int inputLength) {
    return allocatedBytesMax + BYTES_PER_INPUT_BYTE * inputLength;
  }

  /** A target in the exported package, which has to be hidden there. */
  private static FuzzTarget unexported(String className) {
    try {
      Constructor<?> constructor = Class.forName(className).getDeclaredConstructor();
      constructor.setAccessible(true);
      return (FuzzTarget) constructor.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("couldn't make the target " + className, e);
    }
  }

  FuzzTarget make() {
    return maker.get();
  }

  static FuzzTargets named(String title) {
    for (FuzzTargets target : values()) {
      if (target.title.equals(title)) {
        return target;
      }
    }
    throw new IllegalArgumentException("there is no fuzz target " + title);
  }
}
