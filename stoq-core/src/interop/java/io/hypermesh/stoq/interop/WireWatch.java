package io.hypermesh.stoq.interop;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.driver.ForwardingDatagramDriver;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Counts what can be seen of packets from outside (RFC 8999; RFC 9000, 17.2). */
final class WireWatch extends ForwardingDatagramDriver {
  private static final ValueLayout.OfInt VERSION =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int VERSION_1 = 1;
  private static final int TYPE_RETRY = 3;
  private static final int CONNECTION_ID_BYTES = 8;

  private final AtomicInteger retriesReceived = new AtomicInteger();
  private final AtomicInteger zeroRttSent = new AtomicInteger();
  private final AtomicInteger zeroRttReceived = new AtomicInteger();
  private final AtomicInteger datagramsReceived = new AtomicInteger();
  private final Set<Integer> sourcePorts = ConcurrentHashMap.newKeySet();

  /** Until when nothing is received; changed only where {@code holds} is set next. */
  private volatile BooleanSupplier holdUntil = () -> true;

  private volatile boolean holds;
  private volatile boolean loses;
  private @Nullable MemorySegment claimed;

  WireWatch(DatagramDriver driver) {
    super(driver);
  }

  private static int zeroRttPackets(MemorySegment buffer, long from, long end) {
    PacketHeader header = new PacketHeader();
    int count = 0;
    long at = from;
    while (at < end && header.parse(buffer, at, end, CONNECTION_ID_BYTES)) {
      count += header.type() == PacketType.ZERO_RTT ? 1 : 0;
      at = header.packetEnd();
    }
    return count;
  }

  @Override
  public @Nullable MemorySegment claim() {
    MemorySegment buffer = super.claim();
    claimed = buffer;
    return buffer;
  }

  @Override
  public void commit(int length, InetSocketAddress destination, int ecn) {
    if (loses && zeroRttReceived.get() == 0) {
      return;
    }
    loses = false;
    MemorySegment buffer = claimed;
    if (buffer != null) {
      zeroRttSent.addAndGet(zeroRttPackets(buffer, 0, length));
    }
    super.commit(length, destination, ecn);
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    if (holds && !holdUntil.getAsBoolean()) {
      return 0;
    }
    holds = false;
    return super.receive(
        (buffer, offset, length, source, ecn) -> {
          look(buffer, offset, length, source);
          handler.onDatagram(buffer, offset, length, source, ecn);
        },
        limit);
  }

  private void look(MemorySegment buffer, long offset, int length, InetSocketAddress source) {
    datagramsReceived.incrementAndGet();
    zeroRttReceived.addAndGet(zeroRttPackets(buffer, offset, offset + length));
    sourcePorts.add(source.getPort());
    int first = buffer.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    if (first >= 0x80 && length > 5 && buffer.get(VERSION, offset + 1) == VERSION_1) {
      if (((first >> 4) & 3) == TYPE_RETRY) {
        retriesReceived.incrementAndGet();
      }
    }
  }

  /** Has the network deliver nothing until then, as over a long path. */
  void holdUntil(BooleanSupplier condition) {
    holdUntil = condition;
    holds = true;
  }

  /** Has everything sent be lost until a 0-RTT packet has come. */
  void loseUntilZeroRtt() {
    loses = true;
  }

  /** Retry packets received. */
  int retriesReceived() {
    return retriesReceived.get();
  }

  /** 0-RTT packets sent. */
  int zeroRttSent() {
    return zeroRttSent.get();
  }

  /** 0-RTT packets received. */
  int zeroRttReceived() {
    return zeroRttReceived.get();
  }

  int datagramsReceived() {
    return datagramsReceived.get();
  }

  /** Ports that datagrams came from. */
  Set<Integer> sourcePorts() {
    return Set.copyOf(sourcePorts);
  }
}
