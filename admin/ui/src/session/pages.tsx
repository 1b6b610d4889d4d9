export { Forgot } from "./Forgot";
export { Nowhere } from "./Nowhere";
export { SetUp } from "./SetUp";
export { SignIn } from "./SignIn";
