package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.SignedCertificateTimestamp;
import io.hypermesh.trustchain.TransparencyException;
import java.util.ArrayList;
import java.util.List;

/** The wire forms of signed certificate timestamps (RFC 6962 sections 3.2 and 3.3). */
public final class SctCodec {
  /** The most timestamps that are looked at in one certificate. */
  public static final int LIST_LENGTH_MAX = 16;

  private static final int VERSION_1 = 0;
  private static final int SHA256 = 4;
  private static final int ECDSA = 3;

  private SctCodec() {}

  /**
   * Encodes a timestamp.
   *
   * @param sct the timestamp
   * @return its TLS encoding
   */
  public static byte[] encode(SignedCertificateTimestamp sct) {
    return new TlsWriter()
        .unsigned(VERSION_1, 1)
        .opaque(sct.logId().bytes())
        .unsigned(sct.timestampMillis(), 8)
        .vector(sct.extensions(), 2)
        .opaque(digitallySigned(sct.signature()))
        .bytes();
  }

  /** A DigitallySigned of ECDSA with SHA-256 (RFC 5246 section 4.7). */
  static byte[] digitallySigned(byte[] signature) {
    return new TlsWriter().unsigned(SHA256, 1).unsigned(ECDSA, 1).vector(signature, 2).bytes();
  }

  static byte[] readDigitallySigned(TlsReader reader) throws TransparencyException {
    if (reader.unsigned(1) != SHA256 || reader.unsigned(1) != ECDSA) {
      throw reader.malformed("its signature is not ECDSA with SHA-256");
    }
    return reader.vector(2);
  }

  /**
   * Decodes a timestamp.
   *
   * @param bytes its TLS encoding
   * @return the timestamp
   * @throws TransparencyException where it is malformed
   */
  public static SignedCertificateTimestamp decode(byte[] bytes) throws TransparencyException {
    TlsReader reader = new TlsReader(bytes, "a signed certificate timestamp");
    if (reader.unsigned(1) != VERSION_1) {
      throw reader.malformed("its version is unknown");
    }
    MerkleHash logId = MerkleHash.of(reader.opaque(MerkleHash.LENGTH));
    long timestampMillis = reader.unsigned(8);
    byte[] extensions = reader.vector(2);
    byte[] signature = readDigitallySigned(reader);
    reader.requireEnd();
    return new SignedCertificateTimestamp(logId, timestampMillis, extensions, signature);
  }

  /**
   * Encodes a SignedCertificateTimestampList.
   *
   * @param timestamps the timestamps
   * @return the TLS encoding
   */
  public static byte[] encodeList(List<SignedCertificateTimestamp> timestamps) {
    TlsWriter list = new TlsWriter();
    timestamps.forEach(sct -> list.vector(encode(sct), 2));
    return new TlsWriter().vector(list.bytes(), 2).bytes();
  }

  /**
   * Splits a SignedCertificateTimestampList; entries of unknown versions stay what they are.
   *
   * @param bytes the TLS encoding
   * @return the encoded timestamps, at least one and at most {@link #LIST_LENGTH_MAX}
   * @throws TransparencyException where the list is malformed, empty or too long
   */
  public static List<byte[]> splitList(byte[] bytes) throws TransparencyException {
    TlsReader outer = new TlsReader(bytes, "a list of signed certificate timestamps");
    TlsReader reader = new TlsReader(outer.vector(2), "a list of signed certificate timestamps");
    outer.requireEnd();
    List<byte[]> list = new ArrayList<>();
    do {
      if (list.size() == LIST_LENGTH_MAX) {
        throw reader.malformed("it has more than " + LIST_LENGTH_MAX + " entries");
      }
      list.add(reader.vector(2));
    } while (!reader.atEnd());
    return list;
  }
}
