package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class Ipv6TextProperties {
  @Property(tries = 500)
  void shouldWriteWhatTheJdkReadsBack(@ForAll @Size(16) byte[] bytes, @ForAll byte zeros)
      throws Exception {
    for (int i = 0; i < 8; i++) {
      if ((zeros >> i & 1) != 0) {
        bytes[2 * i] = bytes[2 * i + 1] = 0;
      }
    }
    InetAddress address = InetAddress.getByAddress(bytes);
    // The JDK makes IPv4 addresses of IPv4-mapped ones.
    Assume.that(address instanceof Inet6Address);
    assertThat(InetAddress.ofLiteral(Ipv6Text.of(address))).isEqualTo(address);
  }

  @Example
  void shouldWriteAddressesAsPeopleDo() {
    assertThat(text("::1", 9292)).isEqualTo("[::1]:9292");
    assertThat(text("::", 1)).isEqualTo("[::]:1");
    assertThat(text("2001:db8::1", 1)).isEqualTo("[2001:db8::1]:1");
    assertThat(text("2001:db8:0:1:1:1:1:1", 1)).isEqualTo("[2001:db8:0:1:1:1:1:1]:1");
    assertThat(text("2001:0:0:1:0:0:0:1", 1)).isEqualTo("[2001:0:0:1::1]:1");
    assertThat(text("fe80::1", 1)).isEqualTo("[fe80::1]:1");
    assertThat(text("2001:db8:1::", 1)).isEqualTo("[2001:db8:1::]:1");
    assertThat(text("127.0.0.1", 1)).isEqualTo("127.0.0.1:1");
  }

  private static String text(String literal, int port) {
    return Ipv6Text.of(new InetSocketAddress(InetAddress.ofLiteral(literal), port));
  }
}
