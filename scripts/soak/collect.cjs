// Loaded into every thread of a monitor that is soaked: throws away what is garbage every second, so that what is
// left in memory is what the monitor keeps, and not what V8 has found no reason yet to throw away.

const v8 = require('node:v8')
const vm = require('node:vm')

v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc')
setInterval(collect, 1000).unref()
