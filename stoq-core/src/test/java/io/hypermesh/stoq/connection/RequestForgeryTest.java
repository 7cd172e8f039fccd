package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a server may have its client send to (RFC 9000, 21.5). */
class RequestForgeryTest {
  private static InetSocketAddress at(String address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), 443);
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8::1, 2001:db8::2, true",
    "fd00::1, fd00::2, true",
    "fd00::1, 2001:db8::2, true",
    "fe80::1, fe80::2, true",
    "fe80::1, fd00::2, true",
    "::1, ::1, true",
    "::1, 2001:db8::2, true",
    "2001:db8::1, ::1, false",
    "fd00::1, ::1, false",
    "2001:db8::1, fe80::1, false",
    "fd00::1, fe80::1, false",
    "2001:db8::1, fd00::1, false",
    "2001:db8::1, fec0::1, false",
    "2001:db8::1, ::, false",
    "::1, ::, false",
    "2001:db8::1, ff02::1, false",
    "2001:db8::1, ff0e::1, false",
    "2001:db8::1, ::192.0.2.1, false",
    "::1, ::127.0.0.1, false",
  })
  void shouldLetNobodyAimAClientAtANarrowerScope(String present, String wanted, boolean harmless) {
    assertThat(RequestForgery.isHarmless(at(present), at(wanted))).isEqualTo(harmless);
  }

  @Test
  void shouldRefuseAnIpv4AddressInDisguiseAndNoPort() throws Exception {
    byte[] mapped = new byte[16];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    mapped[12] = 10;
    InetSocketAddress disguised =
        new InetSocketAddress(Inet6Address.getByAddress(null, mapped, -1), 443);
    assertThat(RequestForgery.isHarmless(at("2001:db8::1"), disguised)).isFalse();
    InetSocketAddress portless = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::2"), 0);
    assertThat(RequestForgery.isHarmless(at("2001:db8::1"), portless)).isFalse();
  }
}
