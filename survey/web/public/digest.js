// SHA-256, for receipts and for the server's word on a page, and proof of work. Browsers lack crypto.subtle on plain
// http, hence the digest in full. `engine` is also the whole of the worker that solves puzzles, so it
// uses nothing from outside.
function engine() {
  'use strict';
  var ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ', K = [], START = [], W = new Int32Array(64), H = new Int32Array(8);
  for (var n = 2; K.length < 64; n++) {
    for (var i = 2; i * i <= n && n % i; i++);
    if (i * i > n) {
      if (START.length < 8) START.push(Math.sqrt(n) * 4294967296 | 0);
      K.push(Math.cbrt(n) * 4294967296 | 0);
    }
  }
  // Mixes the sixteen words of `words` that begin at `from` into H.
  function block(words, from) {
    var a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7], j, x, y;
    for (j = 0; j < 64; j++) {
      if (j < 16) W[j] = words[from + j];
      else {
        x = W[j - 15], y = W[j - 2];
        W[j] = W[j - 16] + W[j - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10) | 0;
      }
      x = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[j] + W[j] | 0;
      y = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c) | 0;
      h = g, g = f, f = e, e = d + x | 0, d = c, c = b, b = a, a = x + y | 0;
    }
    H[0] += a, H[1] += b, H[2] += c, H[3] += d, H[4] += e, H[5] += f, H[6] += g, H[7] += h;
  }
  // The digest of a text as eight words; other signs than ASCII count as UTF-8.
  function digest(text) {
    var bytes = unescape(encodeURIComponent(text)), size = bytes.length, words = [], at;
    for (at = 0; at < size; at++) words[at >> 2] |= bytes.charCodeAt(at) << 24 - at % 4 * 8;
    words[size >> 2] |= 128 << 24 - size % 4 * 8;
    words[(size + 8 >> 6) * 16 + 15] = size * 8;
    H.set(START);
    for (at = 0; at < words.length; at += 16) block(words, at);
    return [].slice.call(H);
  }
  function hex(words) {
    return words.map(function (word) { return ('0000000' + (word >>> 0).toString(16)).slice(-8) }).join('');
  }
  // A puzzle of survey/collection/proof.py: "pieces.cost.prefix". The function returned works for
  // some milliseconds at a time and gives the proof once it is there.
  function puzzle(text, work) {
    var seed = digest(text), found = [], counter = 0, cost, at;
    var first = seed.slice(4).concat(seed.slice(0, 4), [0, -2147483648, 0, 0, 0, 0, 0, 288]);
    var again = [0, 0, 0, 0, 0, 0, 0, 0, -2147483648, 0, 0, 0, 0, 0, 0, 256];
    work = work.split('.');
    return function (milliseconds) {
      for (var end = Date.now() + milliseconds; found.length < work[0]; counter++) {
        if (counter % 64 === 0 && Date.now() > end) return '';
        first[8] = counter;
        H.set(START);
        block(first, 0);
        for (cost = 1; cost < work[1]; cost++) {
          for (at = 0; at < 8; at++) again[at] = H[at];
          H.set(START);
          block(again, 0);
        }
        if (H[0] >>> 32 - 4 * work[2].length === parseInt(work[2], 16)) found.push(counter);
      }
      return found.join('.');
    };
  }
  return {
    alphabet: ALPHABET,
    hash: function (text) { return hex(digest(text)) },
    puzzle: puzzle
  };
}
