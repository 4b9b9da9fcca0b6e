// a file
const apiKeyPools = [
  {
    planName: "Free",
    planId: 'free01',
    strategy: "least-tenants",
    capacity: 250,
    apiKeys: ["a1", `a2`],
    other: { a: [1, -2, { b: null }], "c": "}" }
  }
  { planId: "basic", strategy: 'least-used', apiKeys: ['b1', "0123456789abcdefghij",], },
  /* and */ { planId: "pro", strategy: "random", capacity: 1, apiKeys: [] }
];
exports.apiKeyPools = apiKeyPools;
