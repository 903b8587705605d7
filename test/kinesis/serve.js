// Serves Kinesis on loopback and says where. It ends with its standard input.
const server = require('kinesalite')({ createStreamMs: 10, deleteStreamMs: 10, shardLimit: 50 });
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.on('end', () => process.exit(0)).resume();
