package io.hypermesh.stoq.protection;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.hypermesh.stoq.foreign.NativeAccess;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.HashSet;
import java.util.Set;

/**
 * The functions of Intel's multi-buffer library for IPsec, {@code libIPSec_MB}, by the Foreign
 * Function and Memory API: AES-GCM, a packet a call, in the way that this processor does it best.
 *
 * <p>The library exports one variant of each function for each kind of processor, and has a table
 * of those to use on this one, which {@code init_mb_mgr_auto} fills. Where in the table a function
 * is differs between versions. So none of the table's layout is used here but that it has the
 * functions' addresses: of the exported variants the one is taken whose address is in the table.
 *
 * <p>What is relied on was the same in the headers of versions 1.3, 1.4, 1.5 and 2.0: these
 * functions' parameters, and the size of what they write. Other versions are refused.
 *
 * <p>The class can't be loaded where native access is denied, the library isn't there, or isn't one
 * of these. Any thread may call it.
 */
final class IpsecMb {
  /** {@code struct gcm_key_data}: 1,008 bytes in version 1.3, 1,264 since 1.4. */
  static final int KEY_DATA_BYTES = 1_280;

  /** {@code struct gcm_context_data}: 88 bytes. */
  static final int CONTEXT_BYTES = 96;

  private static final String[] LIBRARIES = {"libIPSec_MB.so.1", "libIPSec_MB.so.2"};
  private static final int VERSION_FIRST = version(1, 3);
  private static final int VERSION_AFTER_LAST = version(2, 1);

  /** Of functions' names, for processors without AES instructions no variant among them. */
  private static final String[] VARIANTS = {
    "vaes_avx512", "avx512", "vaes_avx2", "avx_gen4", "avx_gen2", "sse"
  };

  private static final FunctionDescriptor EXPAND =
      FunctionDescriptor.ofVoid(/* key */ JAVA_LONG, /* key_data */ JAVA_LONG);

  /** With packets in native memory, where every pointer is a number. */
  private static final FunctionDescriptor CRYPT = crypt(JAVA_LONG, JAVA_LONG);

  /** With packets on the heap, which only a segment can point to. */
  private static final FunctionDescriptor ENCRYPT_HEAP = crypt(ADDRESS, ADDRESS);

  private static final FunctionDescriptor DECRYPT_HEAP = crypt(ADDRESS, JAVA_LONG);

  private static final SymbolLookup LIBRARY = open();
  private static final Set<Long> TABLE = addressesInTable();

  private static final MethodHandle EXPAND_128 = expand("aes_gcm_pre_128_");
  private static final MethodHandle EXPAND_256 = expand("aes_gcm_pre_256_");
  private static final MethodHandle ENCRYPT_128 = crypt("aes_gcm_enc_128_", CRYPT);
  private static final MethodHandle ENCRYPT_256 = crypt("aes_gcm_enc_256_", CRYPT);
  private static final MethodHandle DECRYPT_128 = crypt("aes_gcm_dec_128_", CRYPT);
  private static final MethodHandle DECRYPT_256 = crypt("aes_gcm_dec_256_", CRYPT);
  private static final MethodHandle ENCRYPT_HEAP_128 = crypt("aes_gcm_enc_128_", ENCRYPT_HEAP);
  private static final MethodHandle ENCRYPT_HEAP_256 = crypt("aes_gcm_enc_256_", ENCRYPT_HEAP);
  private static final MethodHandle DECRYPT_HEAP_128 = crypt("aes_gcm_dec_128_", DECRYPT_HEAP);
  private static final MethodHandle DECRYPT_HEAP_256 = crypt("aes_gcm_dec_256_", DECRYPT_HEAP);

  private IpsecMb() {}

  private static FunctionDescriptor crypt(MemoryLayout packet, MemoryLayout tag) {
    return FunctionDescriptor.ofVoid(
        /* key_data */ JAVA_LONG,
        /* context_data */ JAVA_LONG,
        /* out */ packet,
        /* in */ packet,
        /* len */ JAVA_LONG,
        /* iv */ JAVA_LONG,
        /* aad */ packet,
        /* aad_len */ JAVA_LONG,
        /* auth_tag */ tag,
        /* auth_tag_len */ JAVA_LONG);
  }

  private static int version(int major, int minor) {
    return (major << 16) | (minor << 8);
  }

  // Native access is what this class is for; a host allows it by a flag.
  @SuppressWarnings("restricted")
  private static SymbolLookup open() {
    for (String name : LIBRARIES) {
      SymbolLookup library;
      try {
        library = SymbolLookup.libraryLookup(name, Arena.global());
      } catch (IllegalArgumentException e) {
        continue; // Not installed; perhaps the next one is.
      }
      int version = (int) call(library, "imb_get_version", FunctionDescriptor.of(JAVA_INT));
      if (version < VERSION_FIRST || version >= VERSION_AFTER_LAST) {
        throw new UnsupportedOperationException(
            "this version of libIPSec_MB isn't known: 0x" + Integer.toHexString(version));
      }
      return library;
    }
    throw new UnsupportedOperationException(
        "the library isn't installed: " + String.join(", ", LIBRARIES));
  }

  /** Everything in the table that could be the address of a function. */
  private static Set<Long> addressesInTable() {
    FunctionDescriptor ofManager = FunctionDescriptor.ofVoid(JAVA_LONG);
    long manager =
        (long) call(LIBRARY, "alloc_mb_mgr", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG), 0L);
    if (manager == 0) {
      throw new UnsupportedOperationException("the library has no memory, or lacks instructions");
    }
    Set<Long> addresses = new HashSet<>();
    try {
      FunctionDescriptor initialise = FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG);
      call(LIBRARY, "init_mb_mgr_auto", initialise, manager, /* arch */ 0L);
      long bytes = (long) call(LIBRARY, "imb_get_mb_mgr_size", FunctionDescriptor.of(JAVA_LONG));
      for (long at = 0; at + Long.BYTES <= bytes; at += Long.BYTES) {
        addresses.add(SecretMemory.ANYWHERE.get(JAVA_LONG, manager + at));
      }
    } finally {
      call(LIBRARY, "free_mb_mgr", ofManager, manager);
    }
    return addresses;
  }

  // Native access is what this class is for; a host allows it by a flag.
  @SuppressWarnings("restricted")
  private static Object call(
      SymbolLookup library, String name, FunctionDescriptor descriptor, Object... arguments) {
    MethodHandle handle =
        Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor);
    try {
      Object result = handle.invokeWithArguments(arguments);
      return result == null ? 0L : result;
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  private static MethodHandle expand(String prefix) {
    return handle(prefix, EXPAND, Linker.Option.critical(false));
  }

  private static MethodHandle crypt(String prefix, FunctionDescriptor descriptor) {
    boolean heap = !descriptor.equals(CRYPT);
    return handle(prefix, descriptor, Linker.Option.critical(heap));
  }

  // Native access is what this class is for; a host allows it by a flag.
  @SuppressWarnings("restricted")
  private static MethodHandle handle(
      String prefix, FunctionDescriptor descriptor, Linker.Option option) {
    for (String variant : VARIANTS) {
      MemorySegment function = LIBRARY.find(prefix + variant).orElse(MemorySegment.NULL);
      if (function.address() != 0 && TABLE.contains(function.address())) {
        return Linker.nativeLinker().downcallHandle(function, descriptor, option);
      }
    }
    throw new UnsupportedOperationException(
        "the library has no " + prefix + "* for this processor that is exported");
  }

  /** Expands a key; both are addresses. */
  static void expand(boolean aes256, long key, long keyData) {
    try {
      if (aes256) {
        EXPAND_256.invokeExact(key, keyData);
      } else {
        EXPAND_128.invokeExact(key, keyData);
      }
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** Encrypts in place; all but the lengths are addresses. */
  static void encrypt(
      boolean aes256,
      long keyData,
      long context,
      long payload,
      long length,
      long nonce,
      long header,
      long headerLength,
      long tag) {
    try {
      if (aes256) {
        ENCRYPT_256.invokeExact(
            keyData, context, payload, payload, length, nonce, header, headerLength, tag, 16L);
      } else {
        ENCRYPT_128.invokeExact(
            keyData, context, payload, payload, length, nonce, header, headerLength, tag, 16L);
      }
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** Decrypts in place, and computes the tag; all but the lengths are addresses. */
  static void decrypt(
      boolean aes256,
      long keyData,
      long context,
      long payload,
      long length,
      long nonce,
      long header,
      long headerLength,
      long tag) {
    try {
      if (aes256) {
        DECRYPT_256.invokeExact(
            keyData, context, payload, payload, length, nonce, header, headerLength, tag, 16L);
      } else {
        DECRYPT_128.invokeExact(
            keyData, context, payload, payload, length, nonce, header, headerLength, tag, 16L);
      }
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** The same on the heap, where the segments start with what they are for. */
  static void encrypt(
      boolean aes256,
      long keyData,
      long context,
      MemorySegment payload,
      long length,
      long nonce,
      MemorySegment header,
      long headerLength,
      MemorySegment tag) {
    try {
      if (aes256) {
        ENCRYPT_HEAP_256.invokeExact(
            keyData, context, payload, payload, length, nonce, header, headerLength, tag, 16L);
      } else {
        ENCRYPT_HEAP_128.invokeExact(
            keyData, context, payload, payload, length, nonce, header, headerLength, tag, 16L);
      }
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** The same on the heap, but for the tag, which is an address. */
  static void decrypt(
      boolean aes256,
      long keyData,
      long context,
      MemorySegment payload,
      long length,
      long nonce,
      MemorySegment header,
      long headerLength,
      long tag) {
    try {
      if (aes256) {
        DECRYPT_HEAP_256.invokeExact(
            keyData, context, payload, payload, length, nonce, header, headerLength, tag, 16L);
      } else {
        DECRYPT_HEAP_128.invokeExact(
            keyData, context, payload, payload, length, nonce, header, headerLength, tag, 16L);
      }
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }
}
