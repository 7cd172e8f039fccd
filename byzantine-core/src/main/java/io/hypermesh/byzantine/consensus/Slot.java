package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.Payload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One sequence number in one view: the proposal and the votes, one of each kind a member.
 *
 * <pre>
 *   empty ──PRE-PREPARE──► proposed ──parent known, valid──► accepted (our PREPARE is out)
 *         accepted ──2f PREPAREs beside the proposal──► prepared (our COMMIT is out)
 *         any ──2f+1 COMMITs──► committed
 * </pre>
 */
final class Slot {
  private final long view;
  private final long sequence;
  private final Map<Integer, Message.OfMember> prepares = new TreeMap<>();
  private final Map<Integer, Message.OfMember> commits = new TreeMap<>();
  private Message.@Nullable OfMember proposal;
  private boolean accepted;
  private @Nullable Certificate prepared;

  Slot(long view, long sequence) {
    this.view = view;
    this.sequence = sequence;
  }

  long sequence() {
    return sequence;
  }

  /** Keeps the first proposal; a second one is the detector's business. */
  void propose(Message.OfMember prePrepare) {
    if (proposal == null) {
      proposal = prePrepare;
    }
  }

  Message.@Nullable OfMember proposal() {
    return proposal;
  }

  @Nullable Block block() {
    Message.OfMember message = proposal;
    return message == null ? null : ((Payload.PrePrepare) message.payload()).block();
  }

  void accept() {
    accepted = true;
  }

  boolean isAccepted() {
    return accepted;
  }

  void addPrepare(Message.OfMember prepare) {
    prepares.putIfAbsent(prepare.replica(), prepare);
  }

  void addCommit(Message.OfMember commit) {
    commits.putIfAbsent(commit.replica(), commit);
  }

  Message.@Nullable OfMember prepareOf(int replica) {
    return prepares.get(replica);
  }

  Message.@Nullable OfMember commitOf(int replica) {
    return commits.get(replica);
  }

  @Nullable Certificate prepared() {
    return prepared;
  }

  void prepared(Certificate certificate) {
    prepared = certificate;
  }

  /** The PREPARE certificate for the accepted block, or null while votes are missing. */
  @Nullable Certificate prepareCertificate(int quorum, int primary) {
    Message.OfMember prePrepare = proposal;
    Block block = block();
    if (prePrepare == null || block == null || !accepted || prepares.size() + 1 < quorum) {
      return null;
    }
    Map<Integer, byte[]> signatures = new TreeMap<>();
    signatures.put(primary, prePrepare.signed().signature());
    for (Message.OfMember vote : prepares.values()) {
      if (signatures.size() < quorum
          && vote.replica() != primary
          && ((Payload.Prepare) vote.payload()).hash().equals(block.hash())) {
        signatures.put(vote.replica(), vote.signed().signature());
      }
    }
    return signatures.size() < quorum
        ? null
        : new Certificate(MessageType.PREPARE, view, sequence, block.hash().bytes(), signatures);
  }

  /** The COMMIT certificate, whichever block it is for, or null while votes are missing. */
  @Nullable Certificate commitCertificate(int quorum) {
    if (commits.size() < quorum) {
      return null;
    }
    for (Message.OfMember vote : commits.values()) {
      Certificate certificate = commitCertificate(((Payload.Commit) vote.payload()).hash(), quorum);
      if (certificate != null) {
        return certificate;
      }
    }
    return null;
  }

  private @Nullable Certificate commitCertificate(Digest hash, int quorum) {
    Map<Integer, byte[]> signatures = new TreeMap<>();
    for (Message.OfMember vote : commits.values()) {
      if (signatures.size() < quorum && ((Payload.Commit) vote.payload()).hash().equals(hash)) {
        signatures.put(vote.replica(), vote.signed().signature());
      }
    }
    return signatures.size() < quorum
        ? null
        : new Certificate(MessageType.COMMIT, view, sequence, hash.bytes(), signatures);
  }

  /** Whose vote of the phase that the slot is in is there. */
  List<Integer> voters() {
    return new ArrayList<>(prepared == null ? prepares.keySet() : commits.keySet());
  }
}
