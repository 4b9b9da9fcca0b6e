const x = ['a', "apiKeyPools = ["]; // it's a comment: apiKeyPools = [
exports.apiKeyPools = [
  {
     planName: "FreePlan"
     planId: 'free01',
     apiKeys: [ "key1" ]
   }
  {
     'planName': "BasicPlan",
     "planId": `basic1`, /* from the
     console */
     tags: { a: [1, -2, { b: null }], "c": "}" },
     apiKeys: [ "key2" 'key3', "key4", ],
   },
];
exports.other = [1, 2
