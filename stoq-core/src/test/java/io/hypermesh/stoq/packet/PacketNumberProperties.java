package io.hypermesh.stoq.packet;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;

class PacketNumberProperties {
  @Property
  boolean shouldFindTheFullNumberAgainWhateverArrived(
      @ForAll @LongRange(min = -1, max = 1L << 61) long largestAcked,
      @ForAll @LongRange(min = 1, max = (1L << 31) - 1) long inFlight,
      @ForAll @DoubleRange(min = 0, max = 100) double received) {
    long full = largestAcked + inFlight;
    int length = PacketNumbers.encodedLength(full, largestAcked);
    long truncated = full & ((1L << (8 * length)) - 1);
    // The receiver has seen something between what it has acknowledged and this packet.
    long largest = largestAcked + (long) ((inFlight - 1) * (received / 100));
    return PacketNumbers.decode(truncated, 8 * length, largest) == full;
  }
}
