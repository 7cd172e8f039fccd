package io.hypermesh.stoq.driver;

import java.util.Arrays;

/**
 * A program in classic BPF that tells which of several sockets on one address a QUIC datagram is
 * for: HalfSipHash-1-3 of the first eight bytes of its destination connection ID, modulo the number
 * of sockets. A datagram that is too short to have so many is for the first.
 *
 * <p>The kernel runs it for what arrives, where it is attached by {@code SO_ATTACH_REUSEPORT_CBPF}
 * (socket(7); Linux 4.5), which needs no privilege. It has about 450 instructions: 8 bytes each, a
 * fraction of a microsecond to run.
 *
 * <pre>{@code
 * M[0..3] the hash's state   M[4], M[5] the connection ID   A, X scratch
 *
 * first byte & 0x80 ? X = 6 : X = 1          RFC 9000, 17.2 and 17.3
 * M[4] = 4 bytes at X, M[5] = 4 bytes at X + 4
 * six rounds, unrolled
 * return (M[1] ^ M[3]) % sockets
 * }</pre>
 *
 * <p>Immutable. It holds the key, so it isn't shown.
 */
public final class SteeringProgram {
  // BPF_CLASS | BPF_SIZE or BPF_OP | BPF_MODE or BPF_SRC (linux/bpf_common.h, linux/filter.h).
  private static final int LOAD_BYTE = 0x30;
  private static final int LOAD_WORD_AT_X = 0x40;
  private static final int LOAD_IMMEDIATE = 0x00;
  private static final int LOAD_MEMORY = 0x60;
  private static final int LOAD_X_IMMEDIATE = 0x01;
  private static final int LOAD_X_MEMORY = 0x61;
  private static final int STORE = 0x02;
  private static final int ADD_X = 0x0c;
  private static final int OR_X = 0x4c;
  private static final int SHIFT_LEFT = 0x64;
  private static final int SHIFT_RIGHT = 0x74;
  private static final int MODULO = 0x94;
  private static final int XOR = 0xa4;
  private static final int XOR_X = 0xac;
  private static final int JUMP_IF_SET = 0x45;
  private static final int JUMP = 0x05;
  private static final int A_TO_X = 0x07;
  private static final int RETURN_A = 0x16;

  private static final int LONG_HEADER_BIT = 0x80;
  private static final int LONG_HEADER_ID_OFFSET = 6;
  private static final int SHORT_HEADER_ID_OFFSET = 1;

  private static final int FIRST_WORD = 4;
  private static final int SECOND_WORD = 5;

  /** What HalfSipHash takes the place of the length with: eight bytes. */
  private static final int LENGTH_WORD = Long.BYTES << 24;

  private static final int CAPACITY = 512;

  private long[] instructions = new long[CAPACITY];
  private int length;

  private SteeringProgram(int key0, int key1, int sockets) {
    add(LOAD_BYTE, 0);
    add(JUMP_IF_SET, 2, 0, LONG_HEADER_BIT);
    add(LOAD_X_IMMEDIATE, SHORT_HEADER_ID_OFFSET);
    add(JUMP, 1);
    add(LOAD_X_IMMEDIATE, LONG_HEADER_ID_OFFSET);
    add(LOAD_WORD_AT_X, 0);
    add(STORE, FIRST_WORD);
    add(LOAD_WORD_AT_X, Integer.BYTES);
    add(STORE, SECOND_WORD);
    setImmediate(0, key0);
    setImmediate(1, key1);
    setImmediate(2, 0x6c796765 ^ key0);
    setImmediate(3, 0x74656462 ^ key1);
    absorb(FIRST_WORD);
    absorb(SECOND_WORD);
    absorbLength();
    xorImmediate(2, 0xff);
    round();
    round();
    round();
    add(LOAD_X_MEMORY, 3);
    add(LOAD_MEMORY, 1);
    add(XOR_X, 0);
    add(MODULO, sockets);
    add(RETURN_A, 0);
    instructions = Arrays.copyOf(instructions, length);
  }

  /**
   * The program for a key.
   *
   * @param key0 the first four bytes of the key, little-endian
   * @param key1 the other four
   * @param sockets between how many it chooses, 1 or more
   */
  public static SteeringProgram of(int key0, int key1, int sockets) {
    if (sockets < 1) {
      throw new IllegalArgumentException("couldn't choose between " + sockets + " sockets");
    }
    return new SteeringProgram(key0, key1, sockets);
  }

  /** How many instructions there are. */
  public int length() {
    return length;
  }

  /**
   * An instruction as it is in memory, read as a number in the machine's order, little-endian:
   * {@code struct sock_filter}'s code in the lowest 16 bits, then how far to jump where a condition
   * is true and where it is false, 8 bits each, then the operand.
   *
   * @param index from 0
   */
  public long instruction(int index) {
    return instructions[index];
  }

  private void add(int code, int operand) {
    add(code, 0, 0, operand);
  }

  /** With how many instructions are skipped where a condition is true, and where it is false. */
  private void add(int code, int whereTrue, int whereFalse, int operand) {
    instructions[length++] =
        code | (long) whereTrue << 16 | (long) whereFalse << 24 | (long) operand << Integer.SIZE;
  }

  private void setImmediate(int cell, int value) {
    add(LOAD_IMMEDIATE, value);
    add(STORE, cell);
  }

  private void xorImmediate(int cell, int value) {
    add(LOAD_MEMORY, cell);
    add(XOR, value);
    add(STORE, cell);
  }

  /** {@code M[cell] ^= M[other]}. */
  private void xor(int cell, int other) {
    add(LOAD_X_MEMORY, other);
    add(LOAD_MEMORY, cell);
    add(XOR_X, 0);
    add(STORE, cell);
  }

  /** {@code M[cell] += M[other]}. */
  private void sum(int cell, int other) {
    add(LOAD_X_MEMORY, other);
    add(LOAD_MEMORY, cell);
    add(ADD_X, 0);
    add(STORE, cell);
  }

  /** {@code M[cell] <<<= bits}. */
  private void rotate(int cell, int bits) {
    add(LOAD_MEMORY, cell);
    add(SHIFT_RIGHT, Integer.SIZE - bits);
    add(A_TO_X, 0);
    add(LOAD_MEMORY, cell);
    add(SHIFT_LEFT, bits);
    add(OR_X, 0);
    add(STORE, cell);
  }

  private void absorb(int word) {
    xor(3, word);
    round();
    xor(0, word);
  }

  private void absorbLength() {
    xorImmediate(3, LENGTH_WORD);
    round();
    xorImmediate(0, LENGTH_WORD);
  }

  private void round() {
    sum(0, 1);
    rotate(1, 5);
    xor(1, 0);
    rotate(0, 16);
    sum(2, 3);
    rotate(3, 8);
    xor(3, 2);
    sum(0, 3);
    rotate(3, 7);
    xor(3, 0);
    sum(2, 1);
    rotate(1, 13);
    xor(1, 2);
    rotate(2, 16);
  }

  /** Says what it is, not by which key. */
  @Override
  public String toString() {
    return "SteeringProgram[" + length + " instructions]";
  }
}
