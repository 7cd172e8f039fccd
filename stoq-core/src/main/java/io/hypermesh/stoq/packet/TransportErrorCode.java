package io.hypermesh.stoq.packet;

/** Transport error codes (RFC 9000, 20.1), as they stand on the wire. */
public final class TransportErrorCode {
  public static final long NO_ERROR = 0x00;
  public static final long INTERNAL_ERROR = 0x01;
  public static final long CONNECTION_REFUSED = 0x02;
  public static final long FLOW_CONTROL_ERROR = 0x03;
  public static final long STREAM_LIMIT_ERROR = 0x04;
  public static final long STREAM_STATE_ERROR = 0x05;
  public static final long FINAL_SIZE_ERROR = 0x06;
  public static final long FRAME_ENCODING_ERROR = 0x07;
  public static final long TRANSPORT_PARAMETER_ERROR = 0x08;
  public static final long CONNECTION_ID_LIMIT_ERROR = 0x09;
  public static final long PROTOCOL_VIOLATION = 0x0a;
  public static final long INVALID_TOKEN = 0x0b;
  public static final long APPLICATION_ERROR = 0x0c;
  public static final long CRYPTO_BUFFER_EXCEEDED = 0x0d;
  public static final long KEY_UPDATE_ERROR = 0x0e;
  public static final long AEAD_LIMIT_REACHED = 0x0f;
  public static final long NO_VIABLE_PATH = 0x10;

  /** RFC 9368, 10.2. */
  public static final long VERSION_NEGOTIATION_ERROR = 0x11;

  /** The first of the 256 codes that carry a TLS alert. */
  public static final long CRYPTO_ERROR = 0x0100;

  private TransportErrorCode() {}

  /** The code that carries this TLS alert (RFC 9001, 4.8). */
  public static long ofAlert(int alertDescription) {
    return CRYPTO_ERROR + (alertDescription & 0xff);
  }
}
