// Conditions of a questionnaire: the same expressions as the server's (forms/expressions.py), as nested
// lists. tests/forms/expression_cases.json is the common table of cases.
var expressions = (function () {
  'use strict';
  function text(v) { return typeof v === 'number' ? (v === 1 / 0 ? 'Infinity' : String(v)) : String(v) }
  function days(v) {
    var m = /^(19|20|21)\d\d-\d\d-\d\d(T([01]\d|2[0-3]):[0-5]\d)?$/.test(v), d = m && new Date(v.length > 10 ? v + 'Z' : v);
    return m && !isNaN(d) && d.toISOString().indexOf(v) === 0 ? d / 864e5 : NaN;
  }
  function number(v) {
    if (typeof v !== 'string') return Number(v);
    return /^[ \t\r\n]*-?(\d+(\.\d*)?|\.\d+)[ \t\r\n]*$/.test(v) ? Number(v) : days(v);
  }
  function truth(v) { return !!v && v === v }
  function parts(v) { return text(v).split(/\s+/).filter(Boolean) }
  function equal(a, b) {
    if (typeof a === 'boolean' || typeof b === 'boolean') return truth(a) === truth(b);
    if (typeof a === 'number' || typeof b === 'number') return number(a) === number(b);
    return a === b;
  }
  function whole(v) { v = number(v); return isFinite(v) ? Math.trunc(v) : v }
  var OPERATIONS = {
    'not': function (a) { return !truth(a) },
    'true': function () { return true },
    'false': function () { return false },
    'neg': function (a) { return -number(a) },
    'int': whole,
    'number': number,
    'count-selected': function (a) { return parts(a).length },
    'string-length': function (a) { return Array.from(text(a)).length },
    '=': equal,
    '!=': function (a, b) { return !equal(a, b) },
    '<': function (a, b) { return number(a) < number(b) },
    '<=': function (a, b) { return number(a) <= number(b) },
    '>': function (a, b) { return number(a) > number(b) },
    '>=': function (a, b) { return number(a) >= number(b) },
    '+': function (a, b) { return number(a) + number(b) },
    '-': function (a, b) { return number(a) - number(b) },
    '*': function (a, b) { return number(a) * number(b) },
    'div': function (a, b) { return number(a) / number(b) },
    'mod': function (a, b) { return number(a) % number(b) },
    'selected': function (a, b) { return parts(a).indexOf(text(b)) >= 0 },
    'regex': function (a, b) { return new RegExp('^(?:' + text(b) + ')$', 'u').test(text(a)) },
    'coalesce': function (a, b) { return text(a) || text(b) }
  };
  function rows(expression, answers) { // only: sums
    return Object.keys(answers).reduce(function (sum, code) { // only: sums
      return code.indexOf(expression[1]) ? sum : sum + number(evaluate(expression[2], answers, answers[code])); // only: sums
    }, 0); // only: sums
  } // only: sums
  function evaluate(expression, answers, current) {
    if (!Array.isArray(expression)) return expression;
    var name = expression[0], value = function (i) { return evaluate(expression[i], answers, current) };
    if (name === '$') return answers[expression[1]] || '';
    if (name === '.') return current;
    if (name === 'or') return truth(value(1)) || truth(value(2));
    if (name === 'and') return truth(value(1)) && truth(value(2));
    if (name === 'if') return value(truth(value(1)) ? 2 : 3);
    if (name === 'each') return rows(expression, answers); // only: sums
    return OPERATIONS[name].apply(answers, expression.slice(1).map(function (_, i) { return value(i + 1) }));
  }
  return { evaluate: evaluate, truth: truth, text: text, number: number, operations: OPERATIONS };
})();
