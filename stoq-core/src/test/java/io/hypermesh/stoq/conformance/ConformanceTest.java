package io.hypermesh.stoq.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.QuicVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every rule of {@link Rules}, broken by each peer that can break it: the host of the other side is
 * told why its connection ended, and the rogue reads the same in a CONNECTION_CLOSE.
 */
class ConformanceTest {
  static Stream<Arguments> offences() {
    Set<String> negotiation =
        Rules.negotiation().stream().map(Rule::toString).collect(Collectors.toSet());
    List<Arguments> offences = new ArrayList<>();
    for (QuicVersion version : QuicVersion.values()) {
      for (Rule rule : Rules.all()) {
        boolean ofVersion = version == QuicVersion.V1 || !negotiation.contains(rule.toString());
        for (boolean client : new boolean[] {true, false}) {
          if (ofVersion && rule.offenders().include(client)) {
            offences.add(Arguments.of(rule, client ? "client" : "server", version));
          }
        }
      }
    }
    return offences.stream();
  }

  @ParameterizedTest(name = "{0}, by a {1}, in {2}")
  @MethodSource("offences")
  void shouldCloseTheConnection(Rule rule, String offender, QuicVersion version) {
    RoguePeer rogue = new RoguePeer(offender.equals("client"));
    rogue.version = version;
    rule.act().commit(rogue);
    rogue.assertClosed(rule);
  }

  @ParameterizedTest
  @MethodSource("sides")
  void shouldStayOpenWithoutAnOffence(boolean client) {
    RoguePeer rogue = new RoguePeer(client).connect();
    rogue.exchange();
    assertThat(rogue.victim.closeReason).isNull();
    assertThat(rogue.victim.connection.isEstablished()).isTrue();
  }

  @Test
  void shouldStayOpenAfterARetry() {
    RoguePeer rogue = new RoguePeer(false);
    byte[] source = RoguePeer.RETRY_SOURCE.toByteArray();
    rogue.parameters(ParameterBytes.with(0x10, source)).retry().connect();
    rogue.exchange();
    assertThat(rogue.victim.closeReason).isNull();
  }

  static Stream<Boolean> sides() {
    return Stream.of(true, false);
  }

  @Test
  void shouldHaveARowForEachCaseOfH3spec() {
    assertThat(H3spec.cases()).hasSize(34);
    assertThat(H3spec.cases())
        .allSatisfy(test ->
            assertThat(Rules.all())
                .as(test.asks())
                .anySatisfy(rule -> {
                  assertThat(rule.offence()).isEqualTo(test.offence());
                  assertThat(rule.offenders().include(true)).isTrue();
                }));
  }

  @Test
  void shouldNameEveryOffenceOnce() {
    assertThat(Rules.all()).extracting(Rule::toString).doesNotHaveDuplicates();
  }
}
