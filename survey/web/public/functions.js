// The functions that few forms use; a page has them when its form does (forms/functions.py: MORE).
(function (x) {
  'use strict';
  var o = x.operations, number = x.number, text = x.text;
  function all(v) { return [].slice.call(v).map(number) }
  function clock(answers) {
    var d = new Date();
    return answers['now()'] || new Date(d - d.getTimezoneOffset() * 6e4).toISOString().slice(0, 16);
  }
  function extreme(choose) { return function () { return choose.apply(null, all(arguments)) } }
  function at(step) { return function (v) { return step(number(v)) } }
  o.round = function (v, n) {
    v = number(v), n = n === undefined ? 0 : number(n);
    if (!(Math.abs(n) <= 15)) return NaN;
    var f = Math.pow(10, Math.trunc(n)), s = v * f + .5;
    return isFinite(s) ? Math.floor(s) / f : v;
  };
  o.floor = at(Math.floor), o.ceiling = at(Math.ceil), o.abs = at(Math.abs);
  o.sum = function () { return all(arguments).reduce(function (a, b) { return a + b }, 0) };
  o.min = extreme(Math.min), o.max = extreme(Math.max);
  o['boolean'] = x.truth, o.string = text, o['decimal-date-time'] = number;
  o.concat = function () { return [].map.call(arguments, text).join('') };
  o.contains = function (a, b) { return text(a).indexOf(text(b)) >= 0 };
  o['starts-with'] = function (a, b) { return text(a).indexOf(text(b)) === 0 };
  o.substr = function (v, a, b) {
    a = number(a), b = b === undefined ? 1 / 0 : number(b);
    return a >= 0 && b === b ? Array.from(text(v)).slice(Math.floor(a), Math.max(0, b)).join('') : '';
  };
  o['selected-at'] = function (v, n) { return text(v).split(/\s+/).filter(Boolean)[Math.trunc(number(n))] || '' };
  o.date = function (v) {
    v = Math.floor(number(v));
    return v >= -25567 && v <= 84005 ? new Date(v * 864e5).toISOString().slice(0, 10) : '';
  };
  o.today = function () { return clock(this).slice(0, 10) };
  o.now = function () { return clock(this) };
})(expressions);
