package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.driver.SteeringProgram;
import java.nio.ByteBuffer;

/**
 * Runs a program as the kernel does that it is attached in (Linux,
 * Documentation/networking/filter.rst): 32-bit registers A and X, 16 cells, loads in network order,
 * and 0 where a load is out of the datagram.
 */
final class ClassicBpf {
  private static final int CELLS = 16;

  private ClassicBpf() {}

  /** What the program returns for a datagram. */
  static int run(SteeringProgram program, byte[] datagram) {
    int a = 0;
    int x = 0;
    int[] cells = new int[CELLS];
    ByteBuffer packet = ByteBuffer.wrap(datagram);
    int at = 0;
    while (true) {
      long instruction = program.instruction(at++);
      int code = (int) instruction & 0xffff;
      int whereTrue = (int) (instruction >>> 16) & 0xff;
      int whereFalse = (int) (instruction >>> 24) & 0xff;
      int operand = (int) (instruction >>> 32);
      switch (code) {
        case 0x30 -> {
          if (operand >= datagram.length) {
            return 0;
          }
          a = packet.get(operand) & 0xff;
        }
        case 0x40 -> {
          if (x + operand + Integer.BYTES > datagram.length) {
            return 0;
          }
          a = packet.getInt(x + operand);
        }
        case 0x00 -> a = operand;
        case 0x60 -> a = cells[operand];
        case 0x01 -> x = operand;
        case 0x61 -> x = cells[operand];
        case 0x02 -> cells[operand] = a;
        case 0x0c -> a += x;
        case 0x4c -> a |= x;
        case 0x64 -> a <<= operand;
        case 0x74 -> a >>>= operand;
        case 0x94 -> a = Integer.remainderUnsigned(a, operand);
        case 0xa4 -> a ^= operand;
        case 0xac -> a ^= x;
        case 0x45 -> at += (a & operand) != 0 ? whereTrue : whereFalse;
        case 0x05 -> at += operand;
        case 0x07 -> x = a;
        case 0x16 -> {
          return a;
        }
        default -> throw new IllegalArgumentException("no instruction of classic BPF: " + code);
      }
    }
  }
}
