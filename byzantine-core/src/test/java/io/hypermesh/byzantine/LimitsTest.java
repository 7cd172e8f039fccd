package io.hypermesh.byzantine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.message.MessageCodec;
import io.hypermesh.byzantine.message.TestCluster;
import io.hypermesh.byzantine.message.WireWriter;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private final TestCluster cluster = new TestCluster(4);

  @Test
  void shouldRefuseRequestsOutsideTheirLimits() {
    Digest id = cluster.membership.clusterId();
    assertThatThrownBy(
            () -> Request.sign(id, 1, new byte[Request.PAYLOAD_BYTES_MAX + 1], cluster.client))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Request.sign(id, 0, new byte[1], cluster.client))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldBindARequestToItsClusterAndItsClient() throws ProtocolException {
    Request request = cluster.request(1, "x");
    assertThat(request.verify(cluster.membership.clusterId(), cluster.keys)).isTrue();
    assertThat(request.verify(TestCluster.digest(1), cluster.keys)).isFalse();
    assertThat(request.client()).isEqualTo(ClientId.of(cluster.client.publicKey()));
    assertThat(Request.decode(request.encode())).isEqualTo(request);
  }

  @Test
  void shouldRefuseLengthsThatPromiseMoreThanThereIs() {
    byte[] hugeKey = new WireWriter(8).int32(Integer.MAX_VALUE).toByteArray();
    assertThatThrownBy(() -> Request.decode(hugeKey)).isInstanceOf(ProtocolException.class);
    byte[] manyRequests =
        new WireWriter(64)
            .int64(0)
            .int64(1)
            .int64(0)
            .digest(Digest.ZERO)
            .int32(Block.REQUESTS_MAX)
            .toByteArray();
    assertThatThrownBy(() -> Block.decode(manyRequests))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("number");
    assertThatThrownBy(() -> MessageCodec.decode(new byte[MessageCodec.MESSAGE_BYTES_MAX + 1]))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("length");
  }

  @Test
  void shouldRefuseBlocksWithTooManyRequests() {
    List<Request> many = Collections.nCopies(Block.REQUESTS_MAX + 1, cluster.request(1, "x"));
    assertThatThrownBy(() -> new Block(0, 1, 0, Digest.ZERO, many))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldRefuseSettingsThatMakeNoSense() {
    ReplicaSettings.Builder builder = ReplicaSettings.builder();
    assertThatThrownBy(() -> builder.checkpointInterval(0))
        .hasMessageContaining("checkpointInterval");
    assertThatThrownBy(() -> builder.batchRequestsMax(Block.REQUESTS_MAX + 1))
        .hasMessageContaining("batchRequestsMax");
    assertThatThrownBy(() -> builder.viewTimeout(Duration.ZERO))
        .hasMessageContaining("viewTimeout");
    assertThatThrownBy(() -> builder.requestPayloadBytesMax(Request.PAYLOAD_BYTES_MAX + 1))
        .hasMessageContaining("requestPayloadBytesMax");
    assertThat(ReplicaSettings.defaults().logWindow()).isEqualTo(2 * 128 + 32);
  }

  @Test
  void shouldRefuseAReplicaWithAnotherMembersKey() {
    assertThatThrownBy(() ->
            Replica.create(
                cluster.membership,
                1,
                cluster.signers.get(2),
                cluster.keys,
                new io.hypermesh.byzantine.simulation.LedgerApplication(),
                ReplicaSettings.defaults(),
                () -> java.time.Instant.EPOCH))
        .hasMessageContaining("another key");
  }
}
