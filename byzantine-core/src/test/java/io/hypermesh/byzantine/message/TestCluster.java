package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.simulation.SimulatedKeys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Members with keys, who sign what a test asks them to. */
public final class TestCluster {
  public final SimulatedKeys keys = new SimulatedKeys(42);
  public final List<Signer> signers = new ArrayList<>();
  public final Signer client = keys.signer("client");
  public final Membership membership;
  public final MessageCodec codec;

  public TestCluster(int members) {
    Membership.Builder builder = Membership.builder("test");
    for (int i = 0; i < members; i++) {
      signers.add(keys.signer("member " + i));
      builder.add("member " + i, signers.get(i).publicKey());
    }
    membership = builder.build();
    codec = new MessageCodec(membership, keys, Rules.STANDARD);
  }

  public Message.OfMember sign(int replica, long view, long sequence, Payload payload) {
    return MessageCodec.sign(membership, signers.get(replica), replica, view, sequence, payload);
  }

  public Request request(long number, String payload) {
    return Request.sign(
        membership.clusterId(), number, payload.getBytes(StandardCharsets.UTF_8), client);
  }

  public Block block(long view, long sequence, Digest previous, Request... requests) {
    return new Block(view, sequence, 1_000 + sequence, previous, List.of(requests));
  }

  public Certificate certificate(
      MessageType type, long view, long sequence, byte[] body, int... signersOf) {
    Map<Integer, byte[]> signatures = new TreeMap<>();
    for (int replica : signersOf) {
      boolean proposal = type == MessageType.PREPARE && replica == membership.primary(view);
      Statement statement =
          new Statement(
              proposal ? MessageType.PRE_PREPARE : type,
              membership.configurationHash(),
              view,
              sequence,
              replica,
              body);
      signatures.put(replica, signers.get(replica).sign(statement.signedBytes()));
    }
    return new Certificate(type, view, sequence, body, signatures);
  }

  public static Digest digest(int value) {
    return Digest.sha256(new byte[] {(byte) value});
  }
}
