export * from './types';
export { ApiError } from './request';
export { Client, type IClient, type IEvaluateRequest } from './client';
