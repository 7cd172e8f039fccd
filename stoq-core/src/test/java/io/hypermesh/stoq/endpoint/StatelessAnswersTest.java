package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.protection.RetryIntegrity;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StatelessAnswersTest {
  private static final InetSocketAddress REMOTE =
      new InetSocketAddress(InetAddress.ofLiteral("::1"), 1);
  private static final ConnectionId DESTINATION =
      ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});

  private final SecureRandom random = new SecureRandom();
  private final RandomConnectionIds ids =
      new RandomConnectionIds(EndpointSecret.random(random), random);
  private final StatelessAnswers answers =
      new StatelessAnswers(
          random,
          ids,
          List.of(QuicVersion.V1, QuicVersion.V2),
          PacketProtectionProviders.preset(),
          1_000,
          0);
  private final MemorySegment buffer = MemorySegment.ofArray(new byte[1_200]);

  @Test
  void shouldResetWithLessThanWhatAskedForItAndWithTheIdsToken() {
    for (int received = 1; received <= 1_500; received++) {
      answers.reset(DESTINATION, received, REMOTE, received * 2_000_000L);
      int length = answers.poll(buffer, 0);
      if (received < 22) {
        assertThat(length).isZero();
        continue;
      }
      assertThat(length).isLessThan(received).isBetween(21, 74);
      byte[] bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
      assertThat(bytes[0] & 0xc0).isEqualTo(0x40);
      assertThat(Arrays.copyOfRange(bytes, length - 16, length))
          .isEqualTo(ids.statelessResetToken(DESTINATION));
      assertThat(answers.remove()).isEqualTo(REMOTE);
      if (received == 1_000) {
        break;
      }
    }
  }

  /** RFC 9000, 10.3: what is always of one length isn't hard to tell. */
  @Test
  void shouldVaryTheLengthOfStatelessResets() {
    Set<Integer> lengths = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      answers.reset(DESTINATION, 1_200, REMOTE, 0);
      lengths.add(answers.poll(buffer, 0));
      assertThat(answers.remove()).isEqualTo(REMOTE);
    }
    assertThat(lengths).hasSizeGreaterThan(10).allMatch(length -> length >= 43 && length <= 74);
  }

  @Test
  void shouldHoldAndSendBoundedlyManyAnswers() {
    for (int i = 0; i < 10 * StatelessAnswers.SLOTS; i++) {
      retry();
    }
    assertThat(drain()).isEqualTo(StatelessAnswers.SLOTS);
    assertThat(answers.dropped()).isEqualTo(9 * StatelessAnswers.SLOTS);

    int sent = StatelessAnswers.SLOTS;
    for (int i = 0; i < 5_000; i++) {
      retry();
      sent += drain();
    }
    assertThat(sent).isEqualTo(1_000);
  }

  /** Short headers cost an attacker 22 bytes each; they must not silence a server. */
  @Test
  void shouldKeepHalfOfItsAnswersForRetryPackets() {
    for (int i = 0; i < StatelessAnswers.SLOTS; i++) {
      answers.reset(DESTINATION, 100, REMOTE, 0);
    }
    retry();
    assertThat(drain()).as("of one burst").isEqualTo(StatelessAnswers.OTHER_SLOTS + 1);
    int sent = StatelessAnswers.OTHER_SLOTS + 1;
    for (int i = 0; i < 5_000; i++) {
      answers.reset(DESTINATION, 100, REMOTE, 0);
      sent += drain();
    }
    assertThat(sent).isEqualTo(501);
    for (int i = 0; i < 499; i++) {
      retry();
      assertThat(drain()).as("Retry %d of this second", i).isEqualTo(1);
    }
  }

  private void retry() {
    answers.retry(QuicVersion.V1, DESTINATION, DESTINATION, tokens(), REMOTE, 0);
  }

  @Test
  void shouldAnswerAnotherVersionWithTheConnectionIdsSwapped() {
    PacketHeader received = new PacketHeader();
    MemorySegment packet = MemorySegment.ofArray(new byte[1_200]);
    byte[] start = {(byte) 0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 3, 7, 8, 9, 2, 5, 6};
    MemorySegment.copy(start, 0, packet, ValueLayout.JAVA_BYTE, 0, start.length);
    assertThat(received.parse(packet, 0, 1_200, 8)).isTrue();

    answers.negotiateVersion(received, REMOTE, 0);

    int length = answers.poll(buffer, 0);
    PacketHeader answer = new PacketHeader();
    assertThat(answer.parse(buffer, 0, length, 8)).isTrue();
    assertThat(answer.type()).isEqualTo(PacketType.VERSION_NEGOTIATION);
    assertThat(answer.destinationConnectionId()).isEqualTo(ConnectionId.of(new byte[] {5, 6}));
    assertThat(answer.sourceConnectionId()).isEqualTo(ConnectionId.of(new byte[] {7, 8, 9}));
    assertThat(answer.supportedVersionCount()).isEqualTo(3);
    assertThat(answer.supportedVersion(0)).isEqualTo(QuicVersion.V1.wire());
    assertThat(answer.supportedVersion(1)).isEqualTo(QuicVersion.V2.wire());
    // One of the reserved versions (RFC 9000, 6.3 and 15).
    assertThat(answer.supportedVersion(2) & 0x0f0f0f0f).isEqualTo(0x0a0a0a0a);
  }

  @Test
  void shouldNotAnswerConnectionIdsThatFitNoAnswer() {
    PacketHeader received = new PacketHeader();
    MemorySegment packet = MemorySegment.ofArray(new byte[1_200]);
    packet.set(ValueLayout.JAVA_BYTE, 0, (byte) 0xc0);
    packet.set(ValueLayout.JAVA_BYTE, 1, (byte) 0x7f);
    packet.set(ValueLayout.JAVA_BYTE, 5, (byte) 255);
    packet.set(ValueLayout.JAVA_BYTE, 6 + 255, (byte) 255);
    assertThat(received.parse(packet, 0, 1_200, 8)).isTrue();

    answers.negotiateVersion(received, REMOTE, 0);

    assertThat(answers.poll(buffer, 0)).isZero();
  }

  @Test
  void shouldRetryWithATokenThatTheClientCanBringBack() {
    EndpointTokens tokens = tokens();
    ConnectionId client = ConnectionId.of(new byte[20]);
    ConnectionId original =
        ConnectionId.of(new byte[] {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1});

    answers.retry(QuicVersion.V2, client, original, tokens, REMOTE, 5);

    int length = answers.poll(buffer, 0);
    PacketHeader retry = new PacketHeader();
    assertThat(retry.parse(buffer, 0, length, 8)).isTrue();
    assertThat(retry.type()).isEqualTo(PacketType.RETRY);
    assertThat(retry.version()).isEqualTo(QuicVersion.V2.wire());
    assertThat(retry.destinationConnectionId()).isEqualTo(client);
    assertThat(RetryIntegrity.verify(buffer, 0, length, original)).isTrue();
    assertThat(tokens.openRetry(retry.token(), retry.sourceConnectionId(), REMOTE, 6))
        .isEqualTo(original);
  }

  private EndpointTokens tokens() {
    return new EndpointTokens(
        EndpointPair.settings(1, 1, 1),
        EndpointSecret.random(random),
        random,
        new TimeOfDay(1_700_000_000_000L),
        new UsedTokens(1_000, 1, 0));
  }

  private int drain() {
    int count = 0;
    while (answers.poll(buffer, 0) > 0) {
      assertThat(answers.remove()).isEqualTo(REMOTE);
      count++;
    }
    return count;
  }
}
