package io.hypermesh.trustchain.store;

import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.transparency.NodeReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The hashes of a tree's complete nodes on disk, 32 bytes each in the order of {@link
 * NodeReader#sequenceIndex}, so that a proof reads O(log n) of them and the heap holds none.
 *
 * <p>The file is derived from the log's entries. A start recomputes every hash and rewrites what
 * differs, so the file is never forced to the disk and never trusted. Written by one thread at a
 * time, read by any.
 */
public final class NodeFile implements NodeReader, AutoCloseable {
  private static final int BUFFER_NODES = 2048;

  private final Path file;
  private final RandomAccessFile access;
  private final ReentrantLock lock = new ReentrantLock();
  private final byte[] expected = new byte[BUFFER_NODES * MerkleHash.LENGTH];
  private int expectedBytes;
  private long checkedBytes;
  private boolean rewriting;

  private NodeFile(Path file, RandomAccessFile access) {
    this.file = file;
    this.access = access;
  }

  /**
   * Opens the file, creating it where it is missing. {@link #replay} has to be called for each node
   * and then {@link #finishReplay} before anything else.
   *
   * @param file the file
   * @return the open file
   * @throws StoreException where it can't be opened
   */
  public static NodeFile open(Path file) throws StoreException {
    try {
      return new NodeFile(file, new RandomAccessFile(file.toFile(), "rw"));
    } catch (IOException e) {
      throw StoreException.io("open", file, e);
    }
  }

  /**
   * Compares the next nodes with the file, and rewrites it from the first difference on.
   *
   * @param nodes recomputed nodes, in sequence order
   * @throws StoreException where the file can't be read or written
   */
  public void replay(List<MerkleHash> nodes) throws StoreException {
    for (MerkleHash node : nodes) {
      System.arraycopy(node.bytes(), 0, expected, expectedBytes, MerkleHash.LENGTH);
      expectedBytes += MerkleHash.LENGTH;
      if (expectedBytes == expected.length) {
        flushExpected();
      }
    }
  }

  private void flushExpected() throws StoreException {
    try {
      access.seek(checkedBytes);
      if (!rewriting) {
        byte[] found = new byte[expectedBytes];
        long available = access.length() - checkedBytes;
        rewriting = available < expectedBytes;
        if (!rewriting) {
          access.readFully(found);
          rewriting = !Arrays.equals(found, 0, expectedBytes, expected, 0, expectedBytes);
        }
        access.seek(checkedBytes);
      }
      if (rewriting) {
        access.write(expected, 0, expectedBytes);
      }
      checkedBytes += expectedBytes;
      expectedBytes = 0;
    } catch (IOException e) {
      throw StoreException.io("rebuild", file, e);
    }
  }

  /**
   * Ends the replay: what the file has beyond the nodes is cut off.
   *
   * @return whether hashes were missing or wrong and have been rewritten
   * @throws StoreException where the file can't be read or written
   */
  public boolean finishReplay() throws StoreException {
    flushExpected();
    try {
      if (access.length() > checkedBytes) {
        access.setLength(checkedBytes);
      }
    } catch (IOException e) {
      throw StoreException.io("cut", file, e);
    }
    return rewriting;
  }

  /**
   * Writes nodes at their place. Writing the same place again is allowed: a batch that failed after
   * this is replaced by the next.
   *
   * @param firstSequenceIndex the first node's place
   * @param nodes the nodes, in sequence order
   * @throws StoreException where they can't be written
   */
  public void write(long firstSequenceIndex, List<MerkleHash> nodes) throws StoreException {
    byte[] bytes = new byte[nodes.size() * MerkleHash.LENGTH];
    int offset = 0;
    for (MerkleHash node : nodes) {
      System.arraycopy(node.bytes(), 0, bytes, offset, MerkleHash.LENGTH);
      offset += MerkleHash.LENGTH;
    }
    lock.lock();
    try {
      access.seek(firstSequenceIndex * MerkleHash.LENGTH);
      access.write(bytes);
    } catch (IOException e) {
      throw StoreException.io("write", file, e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public MerkleHash node(int level, long index) throws StoreException {
    byte[] bytes = new byte[MerkleHash.LENGTH];
    lock.lock();
    try {
      access.seek(NodeReader.sequenceIndex(level, index) * MerkleHash.LENGTH);
      access.readFully(bytes);
    } catch (IOException e) {
      throw StoreException.io("read", file, e);
    } finally {
      lock.unlock();
    }
    return MerkleHash.of(bytes);
  }

  @Override
  public void close() throws StoreException {
    lock.lock();
    try {
      access.close();
    } catch (IOException e) {
      throw StoreException.io("close", file, e);
    } finally {
      lock.unlock();
    }
  }
}
