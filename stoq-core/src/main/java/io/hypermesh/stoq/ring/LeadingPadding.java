package io.hypermesh.stoq.ring;

/**
 * Keeps the fields of subclasses off the cache lines of the object before, which may be another
 * thread's. Fields of a superclass come first.
 */
@SuppressWarnings("unused") // it's for the space they take
abstract class LeadingPadding {
  long before0;
  long before1;
  long before2;
  long before3;
  long before4;
  long before5;
  long before6;
  long before7;
  long before8;
  long before9;
  long before10;
  long before11;
  long before12;
  long before13;
  long before14;
}
