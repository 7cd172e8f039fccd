package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.StoqCloseReason.Initiator;
import io.hypermesh.stoq.packet.TransportErrorCode;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a host is told of each error that QUIC has. */
class StoqCloseReasonTest {
  private static StoqCloseReason transport(long code) {
    return new StoqCloseReason(Initiator.PEER, false, code, "why");
  }

  @Test
  void shouldHaveATypeForEveryCodeOfTheWire() throws IllegalAccessException {
    List<String> names = new ArrayList<>();
    for (Field field : TransportErrorCode.class.getFields()) {
      long code = field.getLong(null);
      assertThat(transport(code).transportError().map(Enum::name)).hasValue(field.getName());
      assertThat(StoqTransportError.valueOf(field.getName()).code()).isEqualTo(code);
      names.add(field.getName());
    }
    names.add("UNKNOWN");
    assertThat(StoqTransportError.values()).extracting(Enum::name).hasSameElementsAs(names);
  }

  @Test
  void shouldNameEveryErrorInMessages() {
    assertThat(transport(0x0a).describe())
        .isEqualTo("the peer closed the connection, transport error 0xa PROTOCOL_VIOLATION: why");
    assertThat(transport(0x12d).describe())
        .isEqualTo(
            "the peer closed the connection, transport error 0x12d, TLS alert certificate_expired:"
                + " why");
    assertThat(transport(0x1ff).describe()).contains("0x1ff, TLS alert 255");
    assertThat(transport(0x4242).describe()).contains("transport error 0x4242: why");
    assertThat(new StoqCloseReason(Initiator.LOCAL, true, 0x0a, "").describe())
        .isEqualTo("this side closed the connection, application error 0xa");
  }

  @Test
  void shouldGiveTheAlertOfEachCryptoError() {
    for (int alert = 0; alert < 256; alert++) {
      StoqCloseReason reason = transport(TransportErrorCode.ofAlert(alert));
      assertThat(reason.transportError()).hasValue(StoqTransportError.CRYPTO_ERROR);
      assertThat(reason.tlsAlert()).hasValue(alert);
    }
    assertThat(transport(0xff).tlsAlert()).isEmpty();
    assertThat(transport(0x200).tlsAlert()).isEmpty();
    assertThat(transport(0xff).transportError()).hasValue(StoqTransportError.UNKNOWN);
    assertThat(transport(0x200).transportError()).hasValue(StoqTransportError.UNKNOWN);
  }

  @Test
  void shouldTakeAnApplicationsCodeForNoneOfQuic() {
    StoqCloseReason reason = new StoqCloseReason(Initiator.PEER, true, 0x12d, "");
    assertThat(reason.transportError()).isEmpty();
    assertThat(reason.tlsAlert()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Initiator.class)
  void shouldSayWhoEndedItWithoutNamingAVersion(Initiator initiator) {
    String text = new StoqCloseReason(initiator, false, 0, "").describe();
    assertThat(text).isNotBlank().doesNotContain("version 1", "0x");
  }
}
