package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.ProtocolException;

/** The kinds of statements, with their codes on the wire, which never change. */
public enum MessageType {
  /** The primary proposes a block. */
  PRE_PREPARE(1),
  /** A backup accepts the proposal. */
  PREPARE(2),
  /** A replica saw a quorum accept it. */
  COMMIT(3),
  /** A replica leaves its view and says its highest certificate. */
  VIEW_CHANGE(4),
  /** A new primary shows why its view begins where it does. */
  NEW_VIEW(5),
  /** The state after a sequence number. */
  CHECKPOINT(6),
  /** The answer to a client. */
  REPLY(7),
  /** A client is asked to slow down. */
  BUSY(8),
  /** How far a replica is, so that others send what it lacks. */
  STATUS(9),
  /** Asks for blocks of the chain below a hash. */
  FETCH_BLOCKS(10),
  /** Blocks of the chain. */
  BLOCKS(11),
  /** A certificate that a block, and so its prefix, is committed. */
  COMMITTED(12),
  /** A certificate of a checkpoint. */
  STABLE(13),
  /** Asks for a part of a checkpoint's state. */
  FETCH_STATE(14),
  /** A part of a checkpoint's state. */
  STATE(15),
  /** Two signed statements that convict their signer. */
  EVIDENCE(16);

  private static final MessageType[] BY_CODE = new MessageType[17];

  static {
    for (MessageType type : values()) {
      BY_CODE[type.code] = type;
    }
  }

  private final int code;

  MessageType(int code) {
    this.code = code;
  }

  /** The code on the wire. */
  public int code() {
    return code;
  }

  static MessageType of(int code) throws ProtocolException {
    if (code < 1 || code >= BY_CODE.length) {
      throw new ProtocolException("couldn't read a message because its type is unknown: " + code);
    }
    return BY_CODE[code];
  }
}
