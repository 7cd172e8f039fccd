package io.hypermesh.stoq.conformance;

import static io.hypermesh.stoq.conformance.Rule.Offenders.BOTH;
import static io.hypermesh.stoq.conformance.Rule.Offenders.SERVER;
import static io.hypermesh.stoq.packet.EncryptionLevel.HANDSHAKE;
import static io.hypermesh.stoq.packet.EncryptionLevel.INITIAL;
import static io.hypermesh.stoq.packet.EncryptionLevel.ONE_RTT;
import static io.hypermesh.stoq.packet.TransportErrorCode.AEAD_LIMIT_REACHED;
import static io.hypermesh.stoq.packet.TransportErrorCode.CRYPTO_BUFFER_EXCEEDED;
import static io.hypermesh.stoq.packet.TransportErrorCode.KEY_UPDATE_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.PROTOCOL_VIOLATION;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import java.util.List;

/** Packets: reserved bits, key updates, what isn't authentic, and how handshake bytes come. */
final class PacketRules {
  private static final int RESERVED_LONG = 0x0c;
  private static final int RESERVED_SHORT = 0x18;
  private static final String BOTH_BITS = "both reserved bits";
  private static final int FORGERIES = 5;

  private PacketRules() {}

  private static Rule row(String section, String offence, long code, long type, Rule.Act act) {
    return new Rule(section, offence, BOTH, code, type, act);
  }

  private static Rule reserved(EncryptionLevel level, String which, int bits) {
    return row(
        "RFC 9000, " + (level == ONE_RTT ? "17.3.1" : "17.2"),
        which + " set in a packet of level " + level,
        PROTOCOL_VIOLATION,
        Rule.ANY_FRAME,
        rogue -> {
          if (level == ONE_RTT) {
            rogue.connect();
          } else {
            rogue.reach(level);
          }
          rogue.send(level, bits, Frames.ping());
        });
  }

  static List<Rule> headers() {
    return List.of(
        reserved(INITIAL, BOTH_BITS, RESERVED_LONG),
        reserved(HANDSHAKE, BOTH_BITS, RESERVED_LONG),
        reserved(ONE_RTT, BOTH_BITS, RESERVED_SHORT),
        reserved(HANDSHAKE, "one reserved bit", 0x08),
        reserved(ONE_RTT, "one reserved bit", 0x08));
  }

  static List<Rule> keys() {
    return List.of(
        row(
            "RFC 9001, 6.2",
            "a second key update before the first could be acknowledged",
            KEY_UPDATE_ERROR,
            Rule.ANY_FRAME,
            rogue -> {
              rogue.connect().updateKeys();
              rogue.send(ONE_RTT, Frames.sample(FrameType.PADDING));
              rogue.updateKeys();
              rogue.send(ONE_RTT, Frames.sample(FrameType.PADDING));
            }),
        row(
            "RFC 9001, 6.4",
            "older keys on a higher packet number",
            KEY_UPDATE_ERROR,
            Rule.ANY_FRAME,
            rogue -> {
              PacketProtection before = rogue.connect().updateKeys();
              rogue.send(ONE_RTT, Frames.ping());
              rogue.exchange();
              rogue.sendWith(before, !rogue.keyPhase(), Frames.ping());
            }),
        row(
            "RFC 9001, 6.6",
            "more packets that aren't authentic than the integrity limit",
            AEAD_LIMIT_REACHED,
            Rule.ANY_FRAME,
            rogue -> {
              rogue.victimSettings(settings -> settings.integrityLimitPackets(FORGERIES));
              rogue.connect();
              for (int i = 0; i < FORGERIES; i++) {
                rogue.sendWith(forgedKeys(rogue.version), rogue.keyPhase(), Frames.ping());
              }
            }));
  }

  /** Of another AEAD key; the rogue that forges doesn't have the right one. */
  private static PacketProtection forgedKeys(QuicVersion version) {
    return PacketProtectionProviders.JCE.create(
        version, CipherSuite.AES_128_GCM_SHA256, new byte[32]);
  }

  static List<Rule> handshakeBytes() {
    return List.of(
        row(
            "RFC 9000, 7.5",
            "handshake bytes too far ahead at level INITIAL",
            CRYPTO_BUFFER_EXCEEDED,
            FrameType.CRYPTO,
            rogue -> rogue.reach(INITIAL).send(INITIAL, Frames.crypto(1 << 20, new byte[1]))),
        row(
            "RFC 9000, 7.5",
            "handshake bytes too far ahead at level HANDSHAKE",
            CRYPTO_BUFFER_EXCEEDED,
            FrameType.CRYPTO,
            rogue -> rogue.reach(HANDSHAKE).send(HANDSHAKE, Frames.crypto(1 << 20, new byte[1]))),
        row(
            "RFC 9000, 7.5",
            "handshake bytes too far ahead at level ONE_RTT",
            CRYPTO_BUFFER_EXCEEDED,
            FrameType.CRYPTO,
            rogue -> rogue.connect().send(ONE_RTT, Frames.crypto(1 << 20, new byte[1]))),
        row(
            "RFC 9001, 4.1.3",
            "more handshake bytes at level INITIAL once those of HANDSHAKE are awaited",
            PROTOCOL_VIOLATION,
            FrameType.CRYPTO,
            rogue -> {
              rogue.reach(HANDSHAKE);
              rogue.send(INITIAL, Frames.crypto(rogue.cryptoOffset(INITIAL), new byte[] {1, 0, 0}));
            }),
        row(
            "RFC 9001, 4.1.3",
            "handshake bytes behind a gap at level INITIAL once those of HANDSHAKE are awaited",
            PROTOCOL_VIOLATION,
            FrameType.CRYPTO,
            rogue -> {
              rogue.reach(HANDSHAKE);
              rogue.send(
                  INITIAL, Frames.crypto(rogue.cryptoOffset(INITIAL) + 5, new byte[] {1, 0, 0}));
            }),
        new Rule(
            "RFC 9001, 4.1.3",
            "handshake bytes of level INITIAL left over when the keys of HANDSHAKE come",
            SERVER,
            PROTOCOL_VIOLATION,
            FrameType.CRYPTO,
            rogue ->
                rogue.tamper(INITIAL, data -> Frames.join(data, new byte[] {8, 0, 0})).handshake()),
        row(
            "RFC 9001, 4.1.3",
            "handshake bytes of level INITIAL behind a gap when the keys of HANDSHAKE come",
            PROTOCOL_VIOLATION,
            FrameType.CRYPTO,
            rogue -> {
              rogue.reach(INITIAL);
              rogue.send(INITIAL, Frames.crypto(2_000, new byte[] {8, 0, 0}));
              rogue.proceed();
            }),
        row(
            "RFC 9001, 4.1.3",
            "handshake bytes of level HANDSHAKE behind a gap when the keys of ONE_RTT come",
            PROTOCOL_VIOLATION,
            FrameType.CRYPTO,
            rogue -> {
              rogue.reach(HANDSHAKE);
              rogue.send(HANDSHAKE, Frames.crypto(10_000, new byte[] {8, 0, 0}));
              rogue.proceed();
            }));
  }
}
