package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ConnectionIdsTest {
  private final List<ConnectionEvent> events = new ArrayList<>();
  private final LocalConnectionIds local =
      new LocalConnectionIds(new SimulatedPeer.Ids(1), events::add);
  private final RemoteConnectionIds remote = new RemoteConnectionIds(id(0), 3);

  private static ConnectionId id(int number) {
    return ConnectionId.of(new byte[] {(byte) number, 1, 2, 3});
  }

  private static StatelessResetToken token(int number) {
    byte[] bytes = new byte[16];
    bytes[5] = (byte) number;
    return StatelessResetToken.of(bytes);
  }

  private static void assertError(long code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            TransportException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
  }

  @Test
  void shouldIssueAsManyAsThePeerKeepsButNotMoreThanItsOwnLimit() {
    local.peerLimit(1_000_000);

    assertThat(events).hasSize(LocalConnectionIds.ACTIVE_MAX);
    int owed = 0;
    for (; local.peekOwed() != null; owed++) {
      local.onSent();
    }
    assertThat(owed)
        .as("the first one needs no frame")
        .isEqualTo(LocalConnectionIds.ACTIVE_MAX - 1);
  }

  /** RFC 9000, 19.16: who retires what it can't know would have an ID made for every frame. */
  @Test
  void shouldRefuseToRetireAnIdThatWasNotSent() throws TransportException {
    local.peerLimit(3);
    assertError(TransportErrorCode.PROTOCOL_VIOLATION, () -> local.retire(1, null));
    local.onSent();
    local.retire(1, null);
    assertError(TransportErrorCode.PROTOCOL_VIOLATION, () -> local.retire(2, null));
    local.retire(0, null);
    assertThat(events).as("two were replaced").hasSize(3 + 2 + 2);
  }

  @Test
  void shouldTakeThePreferredAddressIdForSent() throws TransportException {
    local.preferred();
    local.peerLimit(2);
    local.retire(1, null);
    assertError(TransportErrorCode.PROTOCOL_VIOLATION, () -> local.retire(2, null));
  }

  @Test
  void shouldTellAgainWhatWasLostUnlessItWasRetired() throws TransportException {
    local.peerLimit(3);
    local.onSent();
    local.onSent();
    local.retire(1, null);
    local.onSent();
    local.onLost(1);
    assertThat(local.hasOwed()).isFalse();
    local.onLost(2);
    local.onLost(2);
    assertThat(local.peekOwed()).isNotNull();
    local.onSent();
    assertThat(local.hasOwed()).isFalse();
  }

  @Test
  void shouldAcceptPacketsToItsIdsOnly() throws TransportException {
    local.alias(id(77));
    local.peerLimit(2);
    MemorySegment first = MemorySegment.ofArray(local.first().toByteArray());
    assertThat(local.match(first, 0, 8)).isEqualTo(local.first());
    MemorySegment alias = MemorySegment.ofArray(id(77).toByteArray());
    assertThat(local.match(alias, 0, 4)).isEqualTo(id(77));
    local.retireAlias();
    assertThat(local.match(alias, 0, 4)).isNull();
    local.retire(0, null);
    assertThat(local.match(first, 0, 8)).isNull();
  }

  @Test
  void shouldMoveToAnotherIdWhenThePeerRetiresTheActiveOne() throws TransportException {
    remote.add(1, 0, id(1), token(1));
    assertThat(remote.active()).isEqualTo(id(0));
    remote.add(2, 2, id(2), token(2));

    assertThat(remote.active()).isEqualTo(id(2));
    List<Long> retired = new ArrayList<>();
    Long number;
    while ((number = remote.peekOwed()) != null) {
      retired.add(number);
      remote.onSent();
    }
    assertThat(retired).containsExactlyInAnyOrder(0L, 1L);
    remote.add(1, 0, id(1), token(1));
    assertThat(remote.peekOwed()).as("retired already").isNull();
    remote.onAcknowledged(1);
    remote.add(1, 0, id(1), token(1));
    assertThat(remote.peekOwed()).as("came late, retired at once").isEqualTo(1);
  }

  /** RFC 9000, 19.15: the same frame may come twice, also after this side has retired its ID. */
  @Test
  void shouldNotTakeAnIdAgainThatItHasRetired() throws TransportException {
    remote.add(1, 0, id(1), token(1));
    remote.add(2, 0, id(2), token(2));
    RemoteConnectionIds.Known first = remote.takeFresh();
    assertThat(first).isNotNull();
    remote.retire(first);
    remote.add(1, 0, id(1), token(1));
    remote.add(3, 0, id(3), token(3));
    remote.onAcknowledged(1);
    remote.add(1, 0, id(1), token(1));
    assertThat(remote.takeFresh())
        .extracting(RemoteConnectionIds.Known::sequenceNumber)
        .isEqualTo(2L);
    assertThat(remote.takeFresh())
        .extracting(RemoteConnectionIds.Known::sequenceNumber)
        .isEqualTo(3L);
    assertThat(remote.takeFresh()).as("ID 1 is gone for good").isNull();
  }

  /** RFC 9000, 5.1.1: numbers go up by one; who leaves more and more of them out is cut off. */
  @Test
  void shouldBoundTheGapsBetweenNumbers() {
    RemoteConnectionIds many = new RemoteConnectionIds(id(0), 1_000);
    assertError(
        TransportErrorCode.CONNECTION_ID_LIMIT_ERROR,
        () -> {
          for (int i = 1; i < 1_000; i++) {
            many.add(2L * i, 0, ConnectionId.of(new byte[] {(byte) i, (byte) (i >> 8)}), token(i));
          }
        });
  }

  @Test
  void shouldRefuseInconsistentIds() throws TransportException {
    remote.add(1, 0, id(1), token(1));
    remote.add(1, 0, id(1), token(1));
    assertError(TransportErrorCode.PROTOCOL_VIOLATION, () -> remote.add(1, 0, id(9), token(1)));
    assertError(TransportErrorCode.PROTOCOL_VIOLATION, () -> remote.add(5, 0, id(1), token(1)));
    remote.add(2, 0, id(2), token(2));
    assertError(
        TransportErrorCode.CONNECTION_ID_LIMIT_ERROR, () -> remote.add(3, 0, id(3), token(3)));
    RemoteConnectionIds none = new RemoteConnectionIds(ConnectionId.EMPTY, 3);
    assertError(TransportErrorCode.PROTOCOL_VIOLATION, () -> none.add(1, 0, id(1), token(1)));
  }

  @Test
  void shouldKnowTheResetTokensOfTheIdsInUse() throws TransportException {
    MemorySegment bytes = MemorySegment.ofArray(token(1).toByteArray());
    assertThat(remote.isResetToken(bytes, 0)).isFalse();
    remote.add(1, 0, id(1), token(1));
    assertThat(remote.isResetToken(bytes, 0)).as("never sent to").isFalse();
    assertThat(remote.takeFresh()).isNotNull();
    assertThat(remote.isResetToken(bytes, 0)).isTrue();
    remote.add(2, 2, id(2), token(2));
    assertThat(remote.isResetToken(bytes, 0)).as("retired").isFalse();
    remote.firstResetToken(token(1));
    assertThat(remote.isResetToken(bytes, 0)).isTrue();
  }

  @Test
  void shouldKnowThePreferredAddressResetTokenOnceItGoesThere() {
    MemorySegment bytes = MemorySegment.ofArray(token(7).toByteArray());
    remote.addPreferred(id(7), token(7));
    assertThat(remote.isResetToken(bytes, 0)).isFalse();
    assertThat(remote.take(1)).isNotNull();
    assertThat(remote.isResetToken(bytes, 0)).isTrue();
  }
}
