package io.hypermesh.stoq.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/**
 * What goes with datagrams beside their bytes (cmsg(3), {@code struct cmsghdr} of {@code
 * bits/socket.h}): on the way out, the length of the segments that the kernel cuts a run into
 * (UDP_SEGMENT, udp(7)) and the traffic class (IPV6_TCLASS, RFC 3542, 6.5), whose last two bits are
 * ECN's; on the way in, the length of those that it put together (UDP_GRO), and the traffic class.
 *
 * <p>What is read is bounded by the buffer, whatever it holds.
 */
final class ControlMessages {
  static final int IPPROTO_IPV6 = 41;

  /** {@code bits/in.h}: both to ask for it and as a message. */
  static final int IPV6_TCLASS = 67;

  /** {@code netinet/udp.h}. */
  static final int SOL_UDP = 17;

  /** {@code netinet/udp.h}: since Linux 4.18. */
  static final int UDP_SEGMENT = 103;

  /** {@code netinet/udp.h}: since Linux 5.0. */
  static final int UDP_GRO = 104;

  /** Enough for what this side sends: two messages. */
  static final int SEND_BYTES = 48;

  /** More than what this side asks for. */
  static final int RECEIVE_BYTES = 128;

  private static final long LENGTH_OFFSET = 0;
  private static final long LEVEL_OFFSET = 8;
  private static final long TYPE_OFFSET = 12;

  /** {@code CMSG_LEN(0)}. */
  private static final int HEADER_BYTES = 16;

  /** {@code CMSG_ALIGN} rounds up to it. */
  private static final int ALIGNMENT = 8;

  /** {@code CMSG_SPACE} of either message that is sent. */
  private static final int MESSAGE_BYTES = 24;

  private static final int ECN_MASK = 3;

  private int ecn;
  private int segmentBytes;

  /** Writes what doesn't change: UDP_SEGMENT comes first. */
  static void prepare(MemorySegment control) {
    control.set(JAVA_LONG, LENGTH_OFFSET, HEADER_BYTES + Short.BYTES);
    control.set(JAVA_INT, LEVEL_OFFSET, SOL_UDP);
    control.set(JAVA_INT, TYPE_OFFSET, UDP_SEGMENT);
    control.set(JAVA_LONG, MESSAGE_BYTES + LENGTH_OFFSET, HEADER_BYTES + Integer.BYTES);
    control.set(JAVA_INT, MESSAGE_BYTES + LEVEL_OFFSET, IPPROTO_IPV6);
    control.set(JAVA_INT, MESSAGE_BYTES + TYPE_OFFSET, IPV6_TCLASS);
  }

  /** Writes the values for one call. */
  static void write(MemorySegment control, int segmentBytes, int ecn) {
    control.set(JAVA_SHORT, HEADER_BYTES, (short) segmentBytes);
    control.set(JAVA_INT, MESSAGE_BYTES + HEADER_BYTES, ecn & ECN_MASK);
  }

  /** Where the messages of a call start that needs those. */
  static int sendOffset(boolean segmented) {
    return segmented ? 0 : MESSAGE_BYTES;
  }

  /** How long the messages of a call are that needs those. */
  static int sendLength(boolean segmented, boolean marked) {
    return (segmented ? MESSAGE_BYTES : 0) + (marked ? MESSAGE_BYTES : 0);
  }

  /**
   * Reads what the kernel wrote; what is unknown, or too short for its type, is left out.
   *
   * @param length how much of the buffer it wrote
   */
  void read(MemorySegment control, long length) {
    ecn = 0;
    segmentBytes = 0;
    long end = Math.min(length, control.byteSize());
    for (long at = 0; end - at >= HEADER_BYTES; ) {
      long messageBytes = control.get(JAVA_LONG, at + LENGTH_OFFSET);
      if (messageBytes < HEADER_BYTES || messageBytes > end - at) {
        return;
      }
      if (messageBytes >= HEADER_BYTES + Integer.BYTES) {
        int level = control.get(JAVA_INT, at + LEVEL_OFFSET);
        int type = control.get(JAVA_INT, at + TYPE_OFFSET);
        int value = control.get(JAVA_INT, at + HEADER_BYTES);
        if (level == IPPROTO_IPV6 && type == IPV6_TCLASS) {
          ecn = value & ECN_MASK;
        } else if (level == SOL_UDP && type == UDP_GRO) {
          segmentBytes = Math.max(value, 0);
        }
      }
      at += (messageBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
  }

  /** The ECN bits read last, 0 where there were none. */
  int ecn() {
    return ecn;
  }

  /** The length of the segments read last, in bytes; 0 where there was one datagram. */
  int segmentBytes() {
    return segmentBytes;
  }
}
