export { serve } from './plugin';
