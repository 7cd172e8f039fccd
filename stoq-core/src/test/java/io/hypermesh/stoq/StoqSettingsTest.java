package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class StoqSettingsTest {
  @Test
  void shouldRefuseWhatIsOutOfRangeAtTheSetterThatSetsIt() {
    List<Consumer<StoqSettings.Builder>> mistakes =
        List.of(
            b -> b.connectionsMax(0),
            b -> b.handshakesInFlightMax(0),
            b -> b.handshakesPerPrefixMax(0),
            b -> b.unauthenticInitialsPerSecondMax(-1),
            b -> b.addressTokenLifetime(Duration.ofMillis(1)),
            b -> b.addressTokensRememberedMax(-1),
            b -> b.ephemeralKeysMax(-1),
            b -> b.tokenServersMax(-1),
            b -> b.retryThreshold(-1),
            b -> b.retryTokenLifetime(Duration.ZERO),
            b -> b.statelessAnswersPerSecondMax(-1),
            b -> b.bidirectionalStreamsMax(65_536),
            b -> b.unidirectionalStreamsMax(-1),
            b -> b.streamOpensPendingMax(-1),
            b -> b.connectionWindowBytes(1),
            b -> b.streamWindowBytes(1),
            b -> b.connectionWindowBytesMax(1),
            b -> b.streamWindowBytesMax(1),
            b -> b.receiveBuffersBytesMax(-1),
            b -> b.sendBufferBytes(1),
            b -> b.sendBuffersBytesMax(1),
            b -> b.datagramBytes(1_199),
            b -> b.idleTimeout(Duration.ofNanos(1)),
            b -> b.keepAliveInterval(Duration.ofNanos(1)),
            b -> b.handshakeTimeout(Duration.ofDays(1)),
            b -> b.datagramFrameBytesMax(65_536),
            b -> b.datagramSendQueueBytes(1),
            b -> b.datagramReceiveQueueBytes(1));
    for (Consumer<StoqSettings.Builder> mistake : mistakes) {
      assertThatThrownBy(() -> mistake.accept(StoqSettings.builder()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageMatching("couldn't set \\w+ because it is out of .* to .*: .*");
    }
  }

  @Test
  void shouldRefuseAKeepAliveThatCannotKeepAlive() {
    StoqSettings.Builder builder =
        StoqSettings.builder()
            .idleTimeout(Duration.ofSeconds(5))
            .keepAliveInterval(Duration.ofSeconds(5));
    assertThatThrownBy(builder::build).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldKeepWhatIsSet() {
    StoqSettings settings = StoqSettings.builder().connectionsMax(7).retryThreshold(0).build();
    assertThat(settings.connectionsMax()).isEqualTo(7);
    assertThat(settings.retryThreshold()).isZero();
    assertThat(settings.idleTimeout()).isEqualTo(StoqSettings.defaults().idleTimeout());
    assertThat(settings.congestionControl()).isEqualTo(CongestionControl.CUBIC);
    settings = StoqSettings.builder().congestionControl(CongestionControl.BBR).build();
    assertThat(settings.congestionControl()).isEqualTo(CongestionControl.BBR);
  }
}
