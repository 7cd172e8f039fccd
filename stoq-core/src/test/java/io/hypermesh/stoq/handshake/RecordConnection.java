package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.handshake.HandshakeEvent.CryptoData;
import io.hypermesh.stoq.handshake.HandshakeEvent.HandshakeComplete;
import io.hypermesh.stoq.handshake.HandshakeEvent.TrafficSecrets;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.Hkdf;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Carries a handshake over TCP in the records of RFC 8446, section 5: a TLS stack that knows no
 * QUIC can then be the peer, and says independently whether messages, keys and signatures are
 * right.
 */
final class RecordConnection {
  private static final int CHANGE_CIPHER_SPEC = 20;
  private static final int HANDSHAKE = 22;
  private static final int APPLICATION_DATA = 23;
  private static final int RECORD_BYTES = 16_000;

  /** One direction's keys of one level. */
  private static final class Keys {
    private final CipherSuite suite;
    private final byte[] key;
    private final byte[] iv;
    private long sequence;

    Keys(CipherSuite suite, byte[] secret) {
      this.suite = suite;
      String hash = suite.hashAlgorithm();
      key = Hkdf.expandLabel(hash, secret, "key", new byte[0], suite.keyLength());
      iv = Hkdf.expandLabel(hash, secret, "iv", new byte[0], CipherSuite.IV_LENGTH);
    }

    byte[] crypt(int mode, byte[] header, byte[] text) throws GeneralSecurityException {
      byte[] nonce = iv.clone();
      for (int i = 0; i < 8; i++) {
        nonce[nonce.length - 1 - i] ^= (byte) (sequence >>> (8 * i));
      }
      sequence++;
      boolean chaCha = suite == CipherSuite.CHACHA20_POLY1305_SHA256;
      Cipher cipher = Cipher.getInstance(chaCha ? "ChaCha20-Poly1305" : "AES/GCM/NoPadding");
      cipher.init(
          mode,
          new SecretKeySpec(key, chaCha ? "ChaCha20" : "AES"),
          chaCha ? new IvParameterSpec(nonce) : new GCMParameterSpec(128, nonce));
      cipher.updateAAD(header);
      return cipher.doFinal(text);
    }
  }

  private final TlsHandshake handshake;
  private final DataInputStream in;
  private final OutputStream out;
  private Keys readKeys;
  private Keys writeKeys;
  private EncryptionLevel readLevel = EncryptionLevel.INITIAL;
  private HandshakeComplete complete;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();

  RecordConnection(TlsHandshake handshake, Socket socket) throws IOException {
    this.handshake = handshake;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /** Runs the handshake to its end. */
  HandshakeComplete handshake() throws Exception {
    drain();
    while (complete == null) {
      readRecord();
    }
    return complete;
  }

  /** Sends a line of application data. */
  void sendLine(String line) throws Exception {
    writeRecord(APPLICATION_DATA, (line + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  /** Awaits a line of application data; tickets on the way go to the handshake. */
  String readLine() throws Exception {
    while (received.toString(StandardCharsets.US_ASCII).indexOf('\n') < 0) {
      readRecord();
    }
    return received.toString(StandardCharsets.US_ASCII).strip();
  }

  private void readRecord() throws Exception {
    byte[] header = new byte[5];
    in.readFully(header);
    byte[] text = new byte[(header[3] & 0xff) << 8 | (header[4] & 0xff)];
    in.readFully(text);
    int type = header[0];
    if (type == APPLICATION_DATA) {
      byte[] inner = readKeys.crypt(Cipher.DECRYPT_MODE, header, text);
      int end = inner.length - 1;
      while (inner[end] == 0) {
        end--;
      }
      type = inner[end];
      text = Arrays.copyOf(inner, end);
    }
    switch (type) {
      case CHANGE_CIPHER_SPEC -> {} // for middleboxes of TCP
      case HANDSHAKE -> {
        handshake.handleCrypto(readLevel, text, 0, text.length);
        drain();
      }
      case APPLICATION_DATA -> received.write(text);
      default -> throw new IOException("record of type " + type + ": " + Arrays.toString(text));
    }
  }

  private void drain() throws Exception {
    runTasks();
    for (HandshakeEvent event = handshake.pollEvent();
        event != null;
        event = handshake.pollEvent()) {
      switch (event) {
        case CryptoData data -> writeRecord(HANDSHAKE, data.data());
        case TrafficSecrets secrets -> install(secrets);
        case HandshakeEvent.PeerTransportParameters _,
            HandshakeEvent.EarlyDataBegun _,
            HandshakeEvent.EarlyDataDecided _,
            HandshakeEvent.SessionKept _ -> {}
        case HandshakeComplete completed -> complete = completed;
      }
    }
  }

  private void runTasks() throws TransportException {
    for (HandshakeTask task = handshake.pollTask(); task != null; task = handshake.pollTask()) {
      task.run();
      handshake.handleTaskDone(task);
    }
  }

  private void install(TrafficSecrets secrets) {
    if (secrets.readSecret() != null) {
      readKeys = new Keys(secrets.suite(), secrets.readSecret());
      readLevel = secrets.level();
    }
    if (secrets.writeSecret() != null) {
      writeKeys = new Keys(secrets.suite(), secrets.writeSecret());
    }
  }

  private void writeRecord(int type, byte[] data) throws Exception {
    for (int at = 0; at < data.length; at += RECORD_BYTES) {
      byte[] text = Arrays.copyOfRange(data, at, Math.min(data.length, at + RECORD_BYTES));
      if (writeKeys == null) {
        out.write(header(type, text.length));
        out.write(text);
      } else {
        byte[] inner = Arrays.copyOf(text, text.length + 1);
        inner[text.length] = (byte) type;
        byte[] header = header(APPLICATION_DATA, inner.length + CipherSuite.TAG_LENGTH);
        out.write(header);
        out.write(writeKeys.crypt(Cipher.ENCRYPT_MODE, header, inner));
      }
    }
    out.flush();
  }

  private static byte[] header(int type, int length) {
    return new byte[] {(byte) type, 3, 3, (byte) (length >>> 8), (byte) length};
  }
}
