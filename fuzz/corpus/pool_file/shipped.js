//  Pools of keys
//  {
//     planName: "FreePlan"
//     planId: "...",
//   }
const apiKeyPools = [
//  {
//     planId: "...",
//  }
];

/**
 * @param {*} planId
 */
exports.findPoolForPlanId = (planId) => {
  return apiKeyPools.find((item) => item.planId === planId);
}
