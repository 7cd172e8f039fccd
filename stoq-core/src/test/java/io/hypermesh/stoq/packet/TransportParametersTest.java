package io.hypermesh.stoq.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransportParametersTest {
  private static TransportParameters decode(String hex, boolean fromClient)
      throws TransportException {
    return TransportParameters.decode(HexFormat.of().parseHex(hex), fromClient);
  }

  private static void shouldFail(String hex, boolean fromClient) {
    assertThatExceptionOfType(TransportException.class)
        .isThrownBy(() -> decode(hex, fromClient))
        .satisfies(
            e -> assertThat(e.errorCode()).isEqualTo(TransportErrorCode.TRANSPORT_PARAMETER_ERROR));
  }

  /** As many as a handshake message holds; the last one comes twice. */
  @Test
  void shouldFindADuplicateAmongThousandsOfUnknownParameters() throws TransportException {
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < 7_000; i++) {
      hex.append(String.format("%016x00", 0xc000_0000_0000_0000L + 37L * i + 1_000));
    }
    assertThat(decode(hex.toString(), true)).isEqualTo(TransportParameters.builder().build());
    shouldFail(hex + hex.substring(hex.length() - 18), true);
  }

  @Test
  void shouldUseTheDefaultsOfTheRfc() throws TransportException {
    TransportParameters empty = decode("", true);
    assertThat(empty.ackDelayExponent()).isEqualTo(3);
    assertThat(empty.maxAckDelayMillis()).isEqualTo(25);
    assertThat(empty.maxUdpPayloadSize()).isEqualTo(65527);
    assertThat(empty.activeConnectionIdLimit()).isEqualTo(2);
    assertThat(empty.initialMaxData()).isZero();
    assertThat(empty).isEqualTo(TransportParameters.builder().build());
    assertThat(empty.encode()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0302" + "44af", // max_udp_payload_size 1199
    "0a0115", // ack_delay_exponent 21
    "0b0480004000", // max_ack_delay 2^14
    "0e0101", // active_connection_id_limit 1
    "0808d000000000000001", // initial_max_streams_bidi 2^60 + 1
    "0908d000000000000001",
    "0c0100", // disable_active_migration with a value
    "0102ff00", // not one varint
    "0100", // an integer of no bytes
    "04020101", // more than one varint
    "0f15000102030405060708090a0b0c0d0e0f1011121314", // 21 bytes
    "01010001",
    "01",
    "01050000",
    "0101000101" + "00", // max_idle_timeout twice
    "40ff0040ff00" // an unknown one twice
  })
  void shouldRefuseBadValues(String hex) {
    shouldFail(hex, false);
    shouldFail(hex, true);
  }

  @ParameterizedTest
  @CsvSource({
    "0004aabbccdd",
    "021000112233445566778899aabbccddeeff",
    "1004aabbccdd",
    "0d2b00000000000000000000000000000000000000000000000002aabb00112233445566778899aabbccddeeff"
  })
  void shouldRefuseAServersParametersFromAClient(String hex) throws TransportException {
    shouldFail(hex, true);
    assertThat(decode(hex, false)).isNotNull();
  }

  @Test
  void shouldRefuseAMinAckDelayOverMaxAckDelay() throws TransportException {
    // 25,000 microseconds, where max_ack_delay is 25 ms for want of another.
    assertThat(decode("c0000000ff04de1b" + "04" + "800061a8", true).minAckDelayMicros())
        .isEqualTo(25_000);
    shouldFail("c0000000ff04de1b" + "04" + "800061a9", true);
    shouldFail("c0000000ff04de1b" + "04" + "800061a8" + "0b" + "01" + "18", false);
    assertThat(decode("", true).minAckDelayMicros())
        .isEqualTo(TransportParameters.MIN_ACK_DELAY_NONE);
  }

  @Test
  void shouldRefuseAPreferredAddressThatIsIncomplete() {
    String addresses = "00".repeat(24);
    shouldFail("0d18" + addresses, false);
    shouldFail("0d29" + addresses + "00" + "11".repeat(16), false);
    shouldFail("0d29" + addresses + "01aa" + "11".repeat(15), false);
    shouldFail("0d2e" + addresses + "15" + "11".repeat(21), false);
  }

  @Test
  void shouldKeepAnIpv4MappedAddressAsItCame() throws TransportException {
    String hex =
        "0d2a"
            + "000000000000"
            + "00000000000000000000ffff7f000001"
            + "01bb"
            + "01aa"
            + "11".repeat(16);
    TransportParameters decoded = decode(hex, false);
    assertThat(decoded.encode()).asHexString().isEqualToIgnoringCase(hex);
  }

  /** RFC 9368, 4. */
  @Test
  void shouldRefuseVersionInformationThatIsNone() throws TransportException {
    for (boolean fromClient : new boolean[] {true, false}) {
      shouldFail("1100", fromClient);
      shouldFail("1103000001", fromClient);
      shouldFail("1106000000010000", fromClient);
      shouldFail("110800000000" + "00000001", fromClient);
      shouldFail("110c00000001" + "00000001" + "00000000", fromClient);
    }
    // What is chosen has to be available, of a client.
    shouldFail("110400000001", true);
    shouldFail("1108000000016b3343cf", true);
    assertThat(decode("110400000001", false).versionInformation())
        .isEqualTo(new VersionInformation(1, List.of()));
    assertThat(decode("110c" + "00000001" + "6b3343cf" + "00000001", true).versionInformation())
        .isEqualTo(new VersionInformation(1, List.of(0x6b3343cf, 1)));
  }

  @Test
  void shouldKeepABoundedNumberOfAvailableVersions() throws TransportException {
    String many = "0a0a0a0a".repeat(2_000);
    VersionInformation read =
        decode("115f48" + "00000001" + many + "00000001", true).versionInformation();
    assertThat(read.available()).hasSize(VersionInformation.VERSIONS_MAX);
  }

  @Test
  void shouldIgnoreUnknownParameters() throws TransportException {
    assertThat(decode("40ff03aabbcc" + "040105", true).initialMaxData()).isEqualTo(5);
  }

  @Test
  void shouldRefuseToBuildWhatAPeerWouldRefuse() {
    TransportParameters.Builder builder = TransportParameters.builder().ackDelayExponent(21);
    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessageContaining("ack_delay_exponent is 21");
  }
}
