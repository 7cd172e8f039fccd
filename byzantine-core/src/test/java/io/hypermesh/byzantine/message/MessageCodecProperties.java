package io.hypermesh.byzantine.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.checkpoint.Manifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Every decoder against random bytes and against damaged messages of every type. */
class MessageCodecProperties {
  private final TestCluster cluster = new TestCluster(4);
  private final List<byte[]> messages = new ArrayList<>();

  MessageCodecProperties() throws ProtocolException {
    for (Message message : examples(cluster)) {
      messages.add(MessageCodec.encode(message));
    }
  }

  static List<Message> examples(TestCluster cluster) throws ProtocolException {
    Digest one = TestCluster.digest(1);
    Digest other = TestCluster.digest(2);
    Block block = cluster.block(4, 9, one, cluster.request(1, "first"), cluster.request(2, ""));
    Certificate prepared =
        cluster.certificate(MessageType.PREPARE, 4, 9, block.hash().bytes(), 0, 1, 3);
    Certificate committed =
        cluster.certificate(MessageType.COMMIT, 4, 9, block.hash().bytes(), 1, 2, 3);
    Payload.Checkpoint checkpoint = new Payload.Checkpoint(one, other, one);
    Certificate stable =
        cluster.certificate(MessageType.CHECKPOINT, 0, 8, checkpoint.body(), 0, 1, 2);
    Payload.ViewChange viewChange = new Payload.ViewChange(Payload.Claim.of(prepared), prepared);
    List<Payload.SignedClaim> claims = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      claims.add(
          new Payload.SignedClaim(
              i, viewChange.claim(), cluster.sign(i, 5, 0, viewChange).signed().signature()));
    }
    Evidence evidence =
        Evidence.of(
            cluster.sign(2, 0, 1, new Payload.Commit(one)).signed().encode(),
            cluster.sign(2, 0, 1, new Payload.Commit(other)).signed().encode());
    ClientId client = ClientId.of(cluster.client.publicKey());
    byte[] signature = cluster.sign(0, 4, 9, new Payload.PrePrepare(block)).signed().signature();
    return List.of(
        new Message.OfClient(cluster.request(7, "payload")),
        cluster.sign(0, 4, 9, new Payload.PrePrepare(block)),
        cluster.sign(1, 4, 9, new Payload.Prepare(block.hash(), signature)),
        cluster.sign(1, 4, 9, new Payload.Commit(block.hash())),
        cluster.sign(1, 5, 0, viewChange),
        cluster.sign(1, 5, 9, new Payload.NewView(claims, prepared)),
        cluster.sign(3, 0, 8, checkpoint),
        cluster.sign(3, 4, 9, new Payload.Reply(client, 7, one, new byte[] {1, 2})),
        cluster.sign(3, 4, 9, new Payload.Busy(client, 7)),
        cluster.sign(3, 4, 9, new Payload.Status(8, true, List.of(2))),
        cluster.sign(3, 4, 9, new Payload.FetchBlocks(one)),
        cluster.sign(3, 4, 9, new Payload.Blocks(List.of(block, block))),
        cluster.sign(3, 4, 9, new Payload.Committed(committed)),
        cluster.sign(3, 0, 8, new Payload.Stable(stable)),
        cluster.sign(3, 0, 8, new Payload.FetchState(Payload.FetchState.MANIFEST)),
        cluster.sign(3, 0, 8, new Payload.State(3, new byte[] {4, 5})),
        cluster.sign(3, 4, 0, new Payload.Accusation(evidence)));
  }

  @Property(tries = 50)
  void shouldReadBackEveryTypeOfMessage(@ForAll @IntRange(max = 16) int index)
      throws ProtocolException {
    byte[] bytes = messages.get(index);
    assertThat(MessageCodec.encode(cluster.codec.verify(bytes))).isEqualTo(bytes);
  }

  @Property(tries = 3_000)
  void shouldRefuseEveryMessageWithOneChangedByte(
      @ForAll @IntRange(max = 16) int index,
      @ForAll @IntRange(min = 0, max = 1_000_000) int position,
      @ForAll @IntRange(min = 1, max = 255) int change) {
    byte[] damaged = messages.get(index).clone();
    damaged[position % damaged.length] ^= (byte) change;
    boolean unsigned = index == 2 && position % damaged.length >= damaged.length - Digest.BYTES;
    // A PREPARE's attachment is not vouched for by its sender; it is checked where it is used.
    assertThat(isRefused(damaged)).isEqualTo(!unsigned);
  }

  @Property(tries = 1_000)
  void shouldRefuseEveryMessageThatIsCutOrProlonged(
      @ForAll @IntRange(max = 16) int index, @ForAll @IntRange(max = 100_000) int length) {
    byte[] whole = messages.get(index);
    assertThat(isRefused(java.util.Arrays.copyOf(whole, length % whole.length))).isTrue();
    // A proposal's signature may have any length, so that one message goes on to its end.
    if (index != 2) {
      assertThat(isRefused(java.util.Arrays.copyOf(whole, whole.length + 1))).isTrue();
    }
  }

  private boolean isRefused(byte[] bytes) {
    try {
      cluster.codec.verify(bytes);
      return false;
    } catch (ProtocolException e) {
      return true;
    }
  }

  private interface Decoder {
    Object decode(byte[] bytes) throws ProtocolException;
  }

  private static final Map<String, Decoder> DECODERS =
      Map.of(
          "message", MessageCodec::decode,
          "statement", SignedStatement::decode,
          "certificate", Certificate::decode,
          "request", Request::decode,
          "block", Block::decode,
          "evidence", Evidence::decode,
          "reply certificate", ReplyCertificate::decode,
          "manifest", Manifest::decode);

  @Property(tries = 2_000)
  void shouldThrowOnlyProtocolExceptionsForRandomBytes(
      @ForAll @Size(max = 400) byte[] bytes, @ForAll @IntRange(max = 0x13) int first) {
    for (Decoder decoder : DECODERS.values()) {
      decodeOrRefuse(decoder, bytes);
      if (bytes.length > 0) {
        byte[] plausible = bytes.clone();
        plausible[0] = (byte) first;
        decodeOrRefuse(decoder, plausible);
      }
    }
  }

  @Property(tries = 2_000)
  void shouldThrowOnlyProtocolExceptionsForDamagedInput(
      @ForAll @IntRange(max = 16) int index,
      @ForAll @IntRange(max = 100_000) int position,
      @ForAll @IntRange(min = 1, max = 255) int change,
      @ForAll @IntRange(max = 40) int skipped) {
    byte[] damaged = messages.get(index).clone();
    damaged[position % damaged.length] ^= (byte) change;
    byte[] tail = java.util.Arrays.copyOfRange(damaged, skipped % damaged.length, damaged.length);
    DECODERS.values().forEach(decoder -> decodeOrRefuse(decoder, tail));
  }

  @SuppressWarnings(
      "EmptyCatch") // Being refused is as good as being read: nothing else may happen.
  private static void decodeOrRefuse(Decoder decoder, byte[] bytes) {
    try {
      assertThat(decoder.decode(bytes)).isNotNull();
    } catch (ProtocolException expected) {
      assertThat(expected).hasMessageStartingWith("couldn't ");
    }
  }
}
