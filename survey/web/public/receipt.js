// The receipt that belongs to a page's key: the first 60 bits of SHA-256('pingyi-receipt:' + key) in
// Crockford's letters, as survey/collection/receipts.py makes it. Browsers lack crypto.subtle on plain
// http, hence the digest in full; it is only ever given ASCII.
var receiptOf = (function () {
  'use strict';
  var ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  function sha256(text) {
    var K = [], H = [], bytes = [], i, j, n = 2, w = [];
    for (; K.length < 64; n++) {
      for (i = 2; i * i <= n && n % i; i++);
      if (i * i > n) {
        if (H.length < 8) H.push(Math.sqrt(n) * 4294967296 | 0);
        K.push(Math.cbrt(n) * 4294967296 | 0);
      }
    }
    for (i = 0; i < text.length; i++) bytes.push(text.charCodeAt(i));
    bytes.push(128);
    while (bytes.length % 64 !== 56) bytes.push(0);
    n = text.length * 8;
    bytes.push(0, 0, 0, 0, n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255);
    var turn = function (x, by) { return x >>> by | x << 32 - by };
    for (i = 0; i < bytes.length; i += 64) {
      var h = H.slice();
      for (j = 0; j < 64; j++) {
        if (j < 16) n = i + j * 4, w[j] = bytes[n] << 24 | bytes[n + 1] << 16 | bytes[n + 2] << 8 | bytes[n + 3];
        else {
          var a = w[j - 15], b = w[j - 2];
          w[j] = w[j - 16] + w[j - 7] + (turn(a, 7) ^ turn(a, 18) ^ a >>> 3) + (turn(b, 17) ^ turn(b, 19) ^ b >>> 10) | 0;
        }
        var one = h[7] + (turn(h[4], 6) ^ turn(h[4], 11) ^ turn(h[4], 25)) + (h[4] & h[5] ^ ~h[4] & h[6]) + K[j] + w[j] | 0;
        var two = (turn(h[0], 2) ^ turn(h[0], 13) ^ turn(h[0], 22)) + (h[0] & h[1] ^ h[0] & h[2] ^ h[1] & h[2]) | 0;
        h = [one + two | 0, h[0], h[1], h[2], h[3] + one | 0, h[4], h[5], h[6]];
      }
      for (j = 0; j < 8; j++) H[j] = H[j] + h[j] | 0;
    }
    return H;
  }
  return function (text) {
    var words = sha256('pingyi-receipt:' + text), code = '', bits = '';
    words.slice(0, 2).forEach(function (w) { bits += ('0000000' + (w >>> 0).toString(16)).slice(-8) });
    bits = bits.replace(/./g, function (c) { return ('000' + parseInt(c, 16).toString(2)).slice(-4) });
    for (var i = 0; i < 60; i += 5) code += ALPHABET[parseInt(bits.substr(i, 5), 2)];
    return code;
  };
})();
