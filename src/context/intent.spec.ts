import { describe, expect, it } from 'vitest';
import { intentOf } from './intent.js';

describe('intentOf', () => {
  it.each([
    'Hi',
    'hello!',
    'Hey there',
    'Good morning :)',
    'Thanks a lot',
    'ok',
    '👍',
    '',
    '你好',
    '你好！',
    '谢谢你',
    '晚安',
    '謝謝你',
    '你好嗎？',
    '再見',
  ])('%j is small talk', (text) => {
    expect(intentOf(text)).toEqual({ isSmallTalk: true, wantsKnowledge: false });
  });

  it.each([
    'What is the refund policy?',
    'refund policy?',
    'Tell me about Porto',
    '退款政策是什么',
    '我想知道怎么退款',
    '我想知道怎麼退款',
    'refund policy',
    'Rückgaberecht',
    'política de devoluciones',
    'delai de retour',
    '返品ポリシーを教えて',
    'ข้อกำหนดการคืนเงิน',
    '환불 정책',
    'سياسة الاسترجاع',
    'возврат',
    'Hola, ¿te acuerdas de mi perro',
    'Hello, what was my plan for Porto',
  ])('%j is worth looking up', (text) => {
    expect(intentOf(text)).toEqual({ isSmallTalk: false, wantsKnowledge: true });
  });

  it.each(['My dog', 'Rex barked', 'so tired'])('%j says too little for documents, but memory is asked', (text) => {
    expect(intentOf(text)).toEqual({ isSmallTalk: false, wantsKnowledge: false });
  });
});
