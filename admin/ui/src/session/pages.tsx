export { Forgot } from "./Forgot";
export { Invitation } from "./Invitation";
export { Nowhere } from "./Nowhere";
export { SetUp } from "./SetUp";
export { SignIn } from "./SignIn";
