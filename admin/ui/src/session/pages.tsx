export { Forgot } from "./Forgot";
export { Invitation } from "./Invitation";
export { Nowhere } from "./Nowhere";
export { Reset } from "./Reset";
export { SetUp } from "./SetUp";
export { SignIn } from "./SignIn";
export { Verify } from "./Verify";
