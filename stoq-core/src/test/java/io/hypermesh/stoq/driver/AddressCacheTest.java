package io.hypermesh.stoq.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressCacheTest {
  private final AddressCache cache = new AddressCache();
  private final MemorySegment segment =
      Arena.ofAuto().allocate(SocketAddressCodec.STRIDE_BYTES, Long.BYTES);

  private InetSocketAddress roundTrip(InetSocketAddress address) {
    segment.fill((byte) 0xff);
    cache.write(address, segment);
    return cache.read(segment);
  }

  @Test
  void shouldReadWhatItWroteAndGiveTheSameObjectAgain() throws Exception {
    byte[] linkLocal = InetAddress.ofLiteral("fe80::1").getAddress();
    InetSocketAddress onOne =
        new InetSocketAddress(Inet6Address.getByAddress(null, linkLocal, 1), 7);
    InetSocketAddress onTwo =
        new InetSocketAddress(Inet6Address.getByAddress(null, linkLocal, 2), 7);
    InetSocketAddress global = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::5"), 65_535);
    for (int round = 0; round < 2; round++) {
      assertThat(roundTrip(global)).isEqualTo(global).hasToString(global.toString());
      assertThat(roundTrip(global)).isSameAs(roundTrip(global));
      // Java takes these for equal.
      assertThat(((Inet6Address) roundTrip(onOne).getAddress()).getScopeId()).isEqualTo(1);
      assertThat(((Inet6Address) roundTrip(onTwo).getAddress()).getScopeId()).isEqualTo(2);
    }
    assertThat(AddressCache.isSame(onOne, onTwo)).isFalse();
    assertThat(AddressCache.isSame(onOne, roundTrip(onOne))).isTrue();
  }

  @Test
  void shouldDropIpv4InIpv6sFormAndOtherFamilies() {
    SocketAddressCodec.write(segment, 0, 0xffff_7f00_0001L, 9, 0);
    assertThat(cache.read(segment)).isNull();
    SocketAddressCodec.write(segment, 0, 1, 9, 0);
    assertThat(cache.read(segment)).isNotNull();
    segment.set(java.lang.foreign.ValueLayout.JAVA_SHORT, 0, (short) 2);
    assertThat(cache.read(segment)).isNull();
    assertThatThrownBy(() ->
            cache.write(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 1), segment))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("IPv6 only");
  }

  @Test
  void shouldHoldNoMoreThanItsLimitHoweverManyPeersThereAre() {
    Set<InetSocketAddress> objects = Collections.newSetFromMap(new IdentityHashMap<>());
    int peers = 20 * AddressCache.ENTRIES_MAX;
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < peers; i++) {
        SocketAddressCodec.write(segment, 0x2001_0db8L << 32, i, 443, 0);
        InetSocketAddress address = cache.read(segment);
        assertThat(address.getPort()).isEqualTo(443);
        objects.add(address);
        assertThat(cache.read(segment)).isSameAs(address);
      }
    }
    // Each round made them anew but for those that the cache still held.
    assertThat(objects.size()).isBetween(2 * peers - AddressCache.ENTRIES_MAX, 2 * peers);
  }

  @Test
  void shouldForgetTheOldestRefusedPath() {
    RefusedPaths paths = new RefusedPaths();
    for (int i = 0; i < 10 * RefusedPaths.PATHS_MAX; i++) {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.ofLiteral("2001:db8::" + Integer.toHexString(i)), 1);
      assertThat(paths.allows(address)).isTrue();
      paths.add(address);
      assertThat(paths.allows(address)).isFalse();
    }
    assertThat(paths.size()).isEqualTo(RefusedPaths.PATHS_MAX);
  }
}
