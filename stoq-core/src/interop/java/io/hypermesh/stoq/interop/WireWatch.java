package io.hypermesh.stoq.interop;

import io.hypermesh.stoq.WatchedDriver;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DatagramHandler;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what can be seen of packets from outside (RFC 8999; RFC 9000, 17.2). */
final class WireWatch extends WatchedDriver {
  private static final ValueLayout.OfInt VERSION =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int VERSION_1 = 1;
  private static final int TYPE_RETRY = 3;

  private final AtomicInteger retriesReceived = new AtomicInteger();
  private final AtomicInteger datagramsReceived = new AtomicInteger();
  private final Set<Integer> sourcePorts = ConcurrentHashMap.newKeySet();

  WireWatch(DatagramDriver driver) {
    super(driver);
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    return super.receive(
        (buffer, offset, length, source, ecn) -> {
          look(buffer, offset, length, source);
          handler.onDatagram(buffer, offset, length, source, ecn);
        },
        limit);
  }

  private void look(MemorySegment buffer, long offset, int length, InetSocketAddress source) {
    datagramsReceived.incrementAndGet();
    sourcePorts.add(source.getPort());
    int first = buffer.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    if (first >= 0x80 && length > 5 && buffer.get(VERSION, offset + 1) == VERSION_1) {
      if (((first >> 4) & 3) == TYPE_RETRY) {
        retriesReceived.incrementAndGet();
      }
    }
  }

  /** Retry packets received. */
  int retriesReceived() {
    return retriesReceived.get();
  }

  int datagramsReceived() {
    return datagramsReceived.get();
  }

  /** Ports that datagrams came from. */
  Set<Integer> sourcePorts() {
    return Set.copyOf(sourcePorts);
  }
}
