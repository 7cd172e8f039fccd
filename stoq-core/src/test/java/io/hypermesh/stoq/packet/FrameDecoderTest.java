package io.hypermesh.stoq.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameDecoderTest {
  private static final long ENCODING = TransportErrorCode.FRAME_ENCODING_ERROR;
  private static final long VIOLATION = TransportErrorCode.PROTOCOL_VIOLATION;

  private final FrameDecoder decoder = new FrameDecoder();
  private final FrameRecorder recorder = new FrameRecorder();

  private void decode(String hex, EncryptionLevel level) throws TransportException {
    byte[] bytes = HexFormat.of().parseHex(hex);
    decoder.decode(MemorySegment.ofArray(bytes), 0, bytes.length, level, recorder);
  }

  private void shouldFail(String hex, long errorCode, long frameType) {
    assertThatExceptionOfType(TransportException.class)
        .isThrownBy(() -> decode(hex, EncryptionLevel.ONE_RTT))
        .satisfies(e -> assertThat(e.errorCode()).isEqualTo(errorCode))
        .satisfies(e -> assertThat(e.frameType()).isEqualTo(frameType));
    assertThat(recorder.frames).isEmpty();
  }

  @Test
  void shouldRefuseAPacketWithoutFrames() {
    shouldFail("", VIOLATION, 0);
  }

  @Test
  void shouldRefuseATypeInALongerEncodingThanNecessary() {
    shouldFail("4001", VIOLATION, FrameType.PING);
    shouldFail("4002" + "00000000", VIOLATION, FrameType.ACK);
  }

  @ParameterizedTest
  @CsvSource({"20", "21", "2f", "32", "3f", "4040", "ffffffffffffffff"})
  void shouldRefuseUnknownTypes(String hex) {
    long type = VarInt.get(MemorySegment.ofArray(HexFormat.of().parseHex(hex)), 0);
    shouldFail(hex, ENCODING, type);
  }

  @Test
  void shouldRefuseAnAckRangeBelowZero() {
    shouldFail("0205000006", ENCODING, FrameType.ACK);
    shouldFail("02050001000400", ENCODING, FrameType.ACK);
    shouldFail("02050001000302", ENCODING, FrameType.ACK);
    shouldFail("0205000100ffffffffffffffffffffffffffffffff", ENCODING, FrameType.ACK);
  }

  @Test
  void shouldRefuseAnAckThatClaimsMoreRangesThanItHas() {
    shouldFail("0280ffffff00ffffffffffffffff000000", ENCODING, FrameType.ACK);
  }

  @Test
  void shouldRefuseAnAckWithoutItsEcnCounts() {
    shouldFail("03050000000102", ENCODING, FrameType.ACK_ECN);
  }

  @Test
  void shouldRefuseDataBeyondTheLastOffset() {
    shouldFail("06ffffffffffffffff0100", ENCODING, FrameType.CRYPTO);
    shouldFail("0e00ffffffffffffffff0100", ENCODING, 0x0e);
  }

  @Test
  void shouldTakeDataUpToTheLastOffset() throws TransportException {
    decode("0e00fffffffffffffffe0177", EncryptionLevel.ONE_RTT);
    assertThat(recorder.frames).containsExactly("STREAM 0 4611686018427387902 77 false");
  }

  @Test
  void shouldRefuseAnEmptyToken() {
    shouldFail("0700", ENCODING, FrameType.NEW_TOKEN);
  }

  @ParameterizedTest
  @CsvSource({"12", "13", "16", "17"})
  void shouldRefuseStreamCountsOver2To60(String type) {
    shouldFail(type + "d000000000000001", ENCODING, Integer.parseInt(type, 16));
  }

  @Test
  void shouldRefuseConnectionIdsOfWrongLength() {
    shouldFail("18050000" + "00".repeat(16), ENCODING, FrameType.NEW_CONNECTION_ID);
    shouldFail("18050015" + "00".repeat(37), ENCODING, FrameType.NEW_CONNECTION_ID);
    shouldFail("18050004" + "00".repeat(19), ENCODING, FrameType.NEW_CONNECTION_ID);
  }

  @Test
  void shouldRefuseToRetireMoreThanIsIssued() {
    shouldFail("18050604" + "00".repeat(20), ENCODING, FrameType.NEW_CONNECTION_ID);
  }

  @Test
  void shouldRefuseFramesThatAreCutShort() {
    shouldFail("10", ENCODING, FrameType.MAX_DATA);
    shouldFail("1040", ENCODING, FrameType.MAX_DATA);
    shouldFail("0a0005aabb", ENCODING, 0x0a);
    shouldFail("1a01020304050607", ENCODING, FrameType.PATH_CHALLENGE);
    shouldFail("1c000005aa", ENCODING, FrameType.CONNECTION_CLOSE);
    shouldFail("31ffffffffffffffff", ENCODING, FrameType.DATAGRAM_LENGTH);
  }

  @Test
  void shouldRunDataWithoutLengthToTheEnd() throws TransportException {
    decode("0904aabbcc", EncryptionLevel.ONE_RTT);
    decode("30ddee", EncryptionLevel.ONE_RTT);
    assertThat(recorder.frames).containsExactly("STREAM 4 0 aabbcc true", "DATAGRAM ddee");
  }

  /** RFC 9000, 12.4, table 3: the levels of each type, with a frame of no bytes but the type. */
  @ParameterizedTest
  @CsvSource({
    "00, IHZ1",
    "01, IHZ1",
    "02, IH1",
    "03, IH1",
    "04, Z1",
    "05, Z1",
    "06, IH1",
    "07, 1",
    "08, Z1",
    "09, Z1",
    "0a, Z1",
    "0b, Z1",
    "0c, Z1",
    "0d, Z1",
    "0e, Z1",
    "0f, Z1",
    "10, Z1",
    "11, Z1",
    "12, Z1",
    "13, Z1",
    "14, Z1",
    "15, Z1",
    "16, Z1",
    "17, Z1",
    "18, Z1",
    "19, 1",
    "1a, Z1",
    "1b, 1",
    "1c, IHZ1",
    "1d, Z1",
    "1e, 1",
    "30, Z1",
    "31, Z1"
  })
  void shouldTakeEachTypeAtItsLevelsOnly(String type, String levels) {
    for (EncryptionLevel level : EncryptionLevel.values()) {
      String letter =
          switch (level) {
            case INITIAL -> "I";
            case ZERO_RTT -> "Z";
            case HANDSHAKE -> "H";
            case ONE_RTT -> "1";
          };
      long code = 0;
      try {
        decode(type + "00".repeat(40), level);
      } catch (TransportException e) {
        code = e.errorCode();
      }
      assertThat(code == VIOLATION).as("%s at %s", type, level).isEqualTo(!levels.contains(letter));
    }
  }

  @Test
  void shouldSayWhetherAPacketHasToBeAcknowledged() throws TransportException {
    decode("0000" + "0205000005" + "1c000000", EncryptionLevel.INITIAL);
    assertThat(decoder.wasAckEliciting()).isFalse();
    decode("000001", EncryptionLevel.INITIAL);
    assertThat(decoder.wasAckEliciting()).isTrue();
    assertThat(decoder.wasProbing()).isFalse();
    decode("1a0000000000000000" + "0000", EncryptionLevel.ONE_RTT);
    assertThat(decoder.wasAckEliciting()).isTrue();
    assertThat(decoder.wasProbing()).isTrue();
  }

  @Test
  void shouldWalkAckRangesAgainAfterRewinding() throws TransportException {
    byte[] bytes = HexFormat.of().parseHex("020a0002010100" + "0001");
    AckFrame frame = new AckFrame();
    assertThat(frame.wrap(MemorySegment.ofArray(bytes), 0, bytes.length)).isEqualTo(bytes.length);
    for (int round = 0; round < 2; round++) {
      assertThat(frame.nextRange()).isTrue();
      assertThat(frame.rangeLargest()).isEqualTo(10);
      assertThat(frame.rangeSmallest()).isEqualTo(9);
      assertThat(frame.nextRange()).isTrue();
      assertThat(frame.rangeLargest()).isEqualTo(6);
      assertThat(frame.rangeSmallest()).isEqualTo(6);
      assertThat(frame.nextRange()).isTrue();
      assertThat(frame.rangeLargest()).isEqualTo(4);
      assertThat(frame.rangeSmallest()).isEqualTo(3);
      assertThat(frame.nextRange()).isFalse();
      frame.rewind();
    }
  }
}
