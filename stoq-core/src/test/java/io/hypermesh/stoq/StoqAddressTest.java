package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class StoqAddressTest {
  private final StoqEndpointBuilder builder = StoqEndpoint.builder();

  @Test
  void shouldRefuseIpv4InOneClearLine() {
    assertThatThrownBy(() ->
            builder.bindAddress(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9292)))
        .isInstanceOf(StoqAddressException.class)
        .hasMessage(
            "couldn't bind 127.0.0.1:9292 because STOQ speaks IPv6 only: this is an IPv4 address");
  }

  @Test
  void shouldRefuseIpv4MappedAddresses() throws Exception {
    byte[] mapped = new byte[16];
    mapped[10] = mapped[11] = (byte) 0xff;
    mapped[12] = 127;
    mapped[15] = 1;
    InetAddress address = Inet6Address.getByAddress(null, mapped, -1);
    assertThat(address).isInstanceOf(Inet6Address.class);

    assertThatThrownBy(() -> builder.bindAddress(new InetSocketAddress(address, 9292)))
        .isInstanceOf(StoqAddressException.class)
        .hasMessageContaining("IPv4-mapped");
    // The JDK itself turns the text form into an IPv4 address.
    assertThatThrownBy(() ->
            builder.bindAddress(new InetSocketAddress(InetAddress.ofLiteral("::ffff:10.0.0.1"), 1)))
        .isInstanceOf(StoqAddressException.class)
        .hasMessageContaining("IPv6 only");
  }

  @Test
  void shouldRefuseUnresolvedNames() {
    assertThatThrownBy(
            () -> builder.bindAddress(InetSocketAddress.createUnresolved("node.example", 1)))
        .isInstanceOf(StoqAddressException.class)
        .hasMessageContaining("node.example:1")
        .hasMessageContaining("unresolved")
        .extracting(e -> ((StoqAddressException) e).category())
        .isEqualTo(StoqException.Category.CALLER_MISTAKE);
  }

  @Test
  void shouldTakeEveryOtherIpv6Address() {
    for (String text : new String[] {"::", "::1", "fe80::1", "2001:db8::1", "::fffe:1:2"}) {
      builder.bindAddress(new InetSocketAddress(text, 1));
    }
  }
}
